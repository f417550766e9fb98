/* The WAL index shared by the connections of one boot, and its eight lock slots. */
#include "internal.h"

static fv_shm *join(fv_node *node) {
    if (!node->shm) node->shm = memset(fv_grow(NULL, sizeof(fv_shm)), 0, sizeof(fv_shm));
    node->shm->users++;
    return node->shm;
}

/* Regions never move: SQLite keeps the addresses. */
static void *region_at(fv_shm *shm, int index, int size, bool extend) {
    while (extend && index >= shm->count) {
        shm->regions = fv_grow(shm->regions, (size_t)(shm->count + 1) * sizeof *shm->regions);
        shm->regions[shm->count++] = memset(fv_grow(NULL, (size_t)size), 0, (size_t)size);
    }
    return index < shm->count ? shm->regions[index] : NULL;
}

int fv_shm_map(sqlite3_file *file, int index, int size, int extend, void volatile **region) {
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    *region = NULL;
    pthread_mutex_lock(&disk->mutex);
    int result = SQLITE_OK;
    if (fv_dead(disk, handle->boot)) {
        result = SQLITE_IOERR;
    } else if (fv_count(disk, FVFS_SHMMAP, handle->node->name) != FVFS_NO_FAULT) {
        result = SQLITE_IOERR_SHMMAP;
    } else {
        if (!handle->shm) handle->shm = join(handle->node);
        *region = region_at(handle->shm, index, size, extend);
    }
    pthread_mutex_unlock(&disk->mutex);
    return result;
}

static void release(fv_handle *handle, int slot) {
    uint8_t bit = (uint8_t)(1 << slot);
    if (handle->shm_shared & bit) handle->shm->shared[slot]--;
    if (handle->shm_exclusive & bit) handle->shm->exclusive[slot] = NULL;
    handle->shm_shared &= (uint8_t)~bit;
    handle->shm_exclusive &= (uint8_t)~bit;
}

static bool is_taken(fv_handle *handle, int slot, bool exclusively) {
    fv_shm *shm = handle->shm;
    if (shm->exclusive[slot] && shm->exclusive[slot] != handle) return true;
    int own = handle->shm_shared >> slot & 1;
    return exclusively && shm->shared[slot] > own;
}

static void take(fv_handle *handle, int slot, bool exclusively) {
    uint8_t bit = (uint8_t)(1 << slot);
    if (exclusively) {
        handle->shm->exclusive[slot] = handle;
        handle->shm_exclusive |= bit;
    } else if (!(handle->shm_shared & bit)) {
        handle->shm->shared[slot]++;
        handle->shm_shared |= bit;
    }
}

static int change_locks(fv_handle *handle, int first, int end, int flags) {
    bool exclusively = flags & SQLITE_SHM_EXCLUSIVE;
    if (!handle->shm) return SQLITE_IOERR_SHMLOCK;
    if (flags & SQLITE_SHM_UNLOCK) {
        for (int slot = first; slot < end; slot++) release(handle, slot);
        return SQLITE_OK;
    }
    /* All slots or none. */
    for (int slot = first; slot < end; slot++)
        if (is_taken(handle, slot, exclusively)) return SQLITE_BUSY;
    for (int slot = first; slot < end; slot++) take(handle, slot, exclusively);
    return SQLITE_OK;
}

int fv_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    pthread_mutex_lock(&disk->mutex);
    int result = fv_dead(disk, handle->boot)
        ? SQLITE_IOERR
        : change_locks(handle, offset, offset + count, flags);
    pthread_mutex_unlock(&disk->mutex);
    return result;
}

void fv_shm_barrier(sqlite3_file *file) {
    fvfs_disk *disk = ((fv_handle *)file)->disk;
    pthread_mutex_lock(&disk->mutex);
    __sync_synchronize();
    pthread_mutex_unlock(&disk->mutex);
}

/* The last one out frees it even when SQLite would keep the file: the next first user of a real
 * one starts by emptying it. */
void fv_shm_leave(fv_handle *handle) {
    fv_shm *shm = handle->shm;
    if (!shm) return;
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++) release(handle, slot);
    handle->shm = NULL;
    if (--shm->users > 0) return;
    if (handle->node->shm == shm) handle->node->shm = NULL;
    for (int i = 0; i < shm->count; i++) free(shm->regions[i]);
    free(shm->regions);
    free(shm);
}

int fv_shm_unmap(sqlite3_file *file, int erase) {
    (void)erase;
    fv_handle *handle = (fv_handle *)file;
    fvfs_disk *disk = handle->disk;
    pthread_mutex_lock(&disk->mutex);
    fv_shm_leave(handle);
    pthread_mutex_unlock(&disk->mutex);
    return SQLITE_OK;
}
