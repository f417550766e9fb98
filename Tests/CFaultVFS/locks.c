/* Database file locks, as SQLite defines them: many SHARED, one RESERVED among them, PENDING
 * that lets no new one in, EXCLUSIVE alone. */
#include "internal.h"

int fv_lock(sqlite3_file *file, int level) {
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    pthread_mutex_lock(&disk->mutex);
    fv_node *node = handle->node;
    fv_handle *writer = node->writer;
    int result = SQLITE_OK;
    if (fv_dead(disk, handle->boot)) {
        result = SQLITE_IOERR;
    } else if (handle->lock >= level) {
        result = SQLITE_OK;
    } else if (level == SQLITE_LOCK_SHARED) {
        if (writer && writer->lock >= SQLITE_LOCK_PENDING) {
            result = SQLITE_BUSY;
        } else {
            node->readers++;
            handle->lock = SQLITE_LOCK_SHARED;
        }
    } else if (writer && writer != handle) {
        result = SQLITE_BUSY;
    } else if (level == SQLITE_LOCK_EXCLUSIVE && node->readers > 1) {
        node->writer = handle;
        handle->lock = SQLITE_LOCK_PENDING;
        result = SQLITE_BUSY;
    } else {
        node->writer = handle;
        handle->lock = level;
    }
    pthread_mutex_unlock(&disk->mutex);
    return result;
}

void fv_drop_lock(fv_handle *handle, int level) {
    if (handle->lock <= level) return;
    fv_node *node = handle->node;
    if (level < SQLITE_LOCK_RESERVED && node->writer == handle) node->writer = NULL;
    if (level == SQLITE_LOCK_NONE) node->readers--;
    handle->lock = level;
}

int fv_unlock(sqlite3_file *file, int level) {
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    pthread_mutex_lock(&disk->mutex);
    bool dead = fv_dead(disk, handle->boot);
    if (!dead) fv_drop_lock(handle, level);
    pthread_mutex_unlock(&disk->mutex);
    return dead ? SQLITE_IOERR : SQLITE_OK;
}

int fv_check_reserved(sqlite3_file *file, int *reserved) {
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    pthread_mutex_lock(&disk->mutex);
    bool dead = fv_dead(disk, handle->boot);
    *reserved = !dead && handle->node->writer != NULL;
    pthread_mutex_unlock(&disk->mutex);
    return dead ? SQLITE_IOERR : SQLITE_OK;
}
