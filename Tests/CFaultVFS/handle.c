/* What SQLite does with an open file. */
#include "internal.h"

/* Locks the disk; false: the handle is dead, and the disk is not locked. */
static bool enter(sqlite3_file *file) {
    fv_handle *handle = (fv_handle *)file;
    pthread_mutex_lock(&handle->disk->mutex);
    if (!fv_dead(handle->disk, handle->boot)) return true;
    pthread_mutex_unlock(&handle->disk->mutex);
    return false;
}

static int leave(sqlite3_file *file, int result) {
    pthread_mutex_unlock(&((fv_handle *)file)->disk->mutex);
    return result;
}

/* Also for a dead handle: it frees what the handle holds and leaves the disk alone. */
static int close_file(sqlite3_file *file) {
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    pthread_mutex_lock(&disk->mutex);
    if (handle->boot == disk->boot->number) fv_drop_lock(handle, SQLITE_LOCK_NONE);
    fv_shm_leave(handle);
    fv_node_release(disk, handle->node);
    bool last = --disk->handles == 0 && disk->destroyed;
    pthread_mutex_unlock(&disk->mutex);
    if (last) fv_free_disk(disk);
    return SQLITE_OK;
}

static int read_file(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    fv_handle *handle = (fv_handle *)file;
    if (!enter(file)) return SQLITE_IOERR;
    const fv_image *image = &handle->node->now;
    if (fv_count(handle->disk, FVFS_READ, handle->node->name) != FVFS_NO_FAULT)
        return leave(file, SQLITE_IOERR_READ);
    int64_t there = image->size - offset;
    if (there >= length) {
        memcpy(bytes, image->bytes + offset, (size_t)length);
        return leave(file, SQLITE_OK);
    }
    memset(bytes, 0, (size_t)length);
    if (there > 0) memcpy(bytes, image->bytes + offset, (size_t)there);
    return leave(file, SQLITE_IOERR_SHORT_READ);
}

static int write_file(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    fv_handle *handle = (fv_handle *)file;
    if (handle->read_only) return SQLITE_READONLY;
    if (!enter(file)) return SQLITE_IOERR;
    return leave(file, fv_counted_write(handle->disk, handle->node, offset, bytes, length));
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
    fv_handle *handle = (fv_handle *)file;
    if (handle->read_only) return SQLITE_READONLY;
    if (!enter(file)) return SQLITE_IOERR;
    return leave(file, fv_counted_truncate(handle->disk, handle->node, size));
}

static int sync_file(sqlite3_file *file, int flags) {
    (void)flags;
    fv_handle *handle = (fv_handle *)file;
    if (!enter(file)) return SQLITE_IOERR;
    return leave(file, fv_counted_sync(handle->disk, handle->node));
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    *size = 0;
    if (!enter(file)) return SQLITE_IOERR;
    *size = ((fv_handle *)file)->node->now.size;
    return leave(file, SQLITE_OK);
}

static int file_control(sqlite3_file *file, int code, void *argument) {
    fv_handle *handle = (fv_handle *)file;
    int *flag = argument;
    switch (code) {
    case SQLITE_FCNTL_PERSIST_WAL:
        if (*flag >= 0) handle->persist_wal = *flag != 0;
        *flag = handle->persist_wal;
        return SQLITE_OK;
    case SQLITE_FCNTL_POWERSAFE_OVERWRITE: /* never, whatever is asked for */
        *flag = 0;
        return SQLITE_OK;
    case SQLITE_FCNTL_VFSNAME:
        *(char **)argument = sqlite3_mprintf("%s", handle->disk->name);
        return SQLITE_OK;
    default: return SQLITE_NOTFOUND;
    }
}

static int sector_size(sqlite3_file *file) { return ((fv_handle *)file)->disk->sector; }

/* The worst disk that SQLite supports: no atomic write, no safe append, no powersafe overwrite. */
static int device_characteristics(sqlite3_file *file) {
    (void)file;
    return 0;
}

const sqlite3_io_methods fv_methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = fv_lock,
    .xUnlock = fv_unlock,
    .xCheckReservedLock = fv_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = fv_shm_map,
    .xShmLock = fv_shm_lock,
    .xShmBarrier = fv_shm_barrier,
    .xShmUnmap = fv_shm_unmap,
};
