/* Files that SQLite knows nothing of, on the same disk under the same faults. */
#include "internal.h"

/* Locks the disk; false: the power is off, and the disk is not locked. */
static bool enter(fvfs_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    if (!fv_dead(disk, disk->boot->number)) return true;
    pthread_mutex_unlock(&disk->mutex);
    return false;
}

/* Plain codes: Swift does not import the extended ones. */
static int leave(fvfs_disk *disk, int result) {
    pthread_mutex_unlock(&disk->mutex);
    return result & 0xFF;
}

int fvfs_file_write(fvfs_disk *disk, const char *name, const void *bytes, int64_t length) {
    if (!enter(disk)) return SQLITE_IOERR;
    fv_node *node = NULL;
    int result = fv_counted_open(disk, name, SQLITE_OPEN_CREATE, &node);
    if (result == SQLITE_OK) result = fv_counted_write(disk, node, 0, bytes, length);
    if (result == SQLITE_OK && node->now.size > length)
        result = fv_counted_truncate(disk, node, length);
    return leave(disk, result);
}

int fvfs_file_write_at(
    fvfs_disk *disk, const char *name, int64_t offset, const void *bytes, int64_t length) {
    if (!enter(disk)) return SQLITE_IOERR;
    fv_node *node = NULL;
    int result = fv_counted_open(disk, name, SQLITE_OPEN_CREATE, &node);
    if (result == SQLITE_OK) result = fv_counted_write(disk, node, offset, bytes, length);
    return leave(disk, result);
}

int fvfs_file_sync(fvfs_disk *disk, const char *name) {
    if (!enter(disk)) return SQLITE_IOERR;
    fv_node *node = fv_find(disk, name);
    return leave(disk, node ? fv_counted_sync(disk, node) : SQLITE_CANTOPEN);
}

int fvfs_file_read(
    fvfs_disk *disk, const char *name, int64_t offset, void *bytes, int64_t room,
    int64_t *length) {
    *length = 0;
    if (!enter(disk)) return SQLITE_IOERR;
    fv_node *node = fv_find(disk, name);
    if (!node) return leave(disk, SQLITE_CANTOPEN);
    if (fv_count(disk, FVFS_READ, name) != FVFS_NO_FAULT) return leave(disk, SQLITE_IOERR_READ);
    int64_t there = node->now.size - offset;
    *length = there < 0 ? 0 : there < room ? there : room;
    if (*length) memcpy(bytes, node->now.bytes + offset, (size_t)*length);
    return leave(disk, SQLITE_OK);
}

int fvfs_file_rename(fvfs_disk *disk, const char *from, const char *to) {
    if (!enter(disk)) return SQLITE_IOERR;
    fv_node *node = fv_find(disk, from);
    if (!node) return leave(disk, SQLITE_CANTOPEN);
    if (!strcmp(from, to)) return leave(disk, SQLITE_OK);
    /* It counts as a delete: like that, it changes the directory alone. */
    fvfs_fault fault = fv_count(disk, FVFS_DELETE, from);
    if (fault == FVFS_IOERR) return leave(disk, SQLITE_IOERR);
    fv_link(disk, to, node);
    fv_unlink(disk, from);
    return leave(disk, fault == FVFS_POWER_CUT ? SQLITE_IOERR : SQLITE_OK);
}

int fvfs_file_delete(fvfs_disk *disk, const char *name) {
    if (!enter(disk)) return SQLITE_IOERR;
    if (!fv_find(disk, name)) return leave(disk, SQLITE_CANTOPEN);
    return leave(disk, fv_counted_delete(disk, name, false));
}

int fvfs_directory_sync(fvfs_disk *disk) {
    if (!enter(disk)) return SQLITE_IOERR;
    return leave(disk, fv_counted_directory_sync(disk));
}

/* --- Looking in from outside ------------------------------------------------------------- */

int64_t fvfs_file_size(fvfs_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    fv_node *node = fv_find(disk, name);
    int64_t size = node ? node->now.size : -1;
    pthread_mutex_unlock(&disk->mutex);
    return size;
}

int64_t fvfs_file_unsynced(fvfs_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    fv_node *node = fv_find(disk, name);
    int64_t bytes = node ? node->held.size : 0;
    pthread_mutex_unlock(&disk->mutex);
    return bytes;
}

char *fvfs_file_name(fvfs_disk *disk, int index) {
    pthread_mutex_lock(&disk->mutex);
    char *name = NULL;
    for (int i = 0; i < disk->entry_count && !name; i++)
        if (disk->entries[i].now && index-- == 0) name = fv_copy_text(disk->entries[i].name);
    pthread_mutex_unlock(&disk->mutex);
    return name;
}

uint8_t *fvfs_dump(fvfs_disk *disk, const char *name, int64_t *length) {
    pthread_mutex_lock(&disk->mutex);
    fv_node *node = fv_find(disk, name);
    uint8_t *copy = NULL;
    *length = 0;
    if (node) {
        copy = fv_grow(NULL, (size_t)node->now.size);
        if (node->now.size) memcpy(copy, node->now.bytes, (size_t)node->now.size);
        *length = node->now.size;
    }
    pthread_mutex_unlock(&disk->mutex);
    return copy;
}

bool fvfs_flip_bit(fvfs_disk *disk, const char *name, int64_t offset, int bit) {
    pthread_mutex_lock(&disk->mutex);
    fv_node *node = fv_find(disk, name);
    bool there = node && offset >= 0 && offset < node->now.size;
    uint8_t mask = (uint8_t)(1 << (bit & 7));
    if (there) {
        node->now.bytes[offset] ^= mask;
        if (offset < node->safe.size) node->safe.bytes[offset] ^= mask;
        disk->stats.bits_flipped++;
    }
    pthread_mutex_unlock(&disk->mutex);
    return there;
}
