/* What SQLite does with names, time and chance. */
#include "internal.h"

static fv_boot *boot_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

/* Locks the disk; false: the connection is from before a crash, and the disk is not locked. */
static bool enter(fv_boot *boot) {
    pthread_mutex_lock(&boot->disk->mutex);
    if (!fv_dead(boot->disk, boot->number)) return true;
    pthread_mutex_unlock(&boot->disk->mutex);
    return false;
}

static int leave(fv_boot *boot, int result) {
    pthread_mutex_unlock(&boot->disk->mutex);
    return result;
}

static int open_file(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    fv_boot *boot = boot_of(vfs);
    fvfs_disk *disk = boot->disk;
    fv_handle *handle = (fv_handle *)file;
    memset(handle, 0, sizeof *handle);
    if (!enter(boot)) return SQLITE_IOERR;
    fv_node *node = NULL;
    int result = fv_counted_open(disk, name, flags, &node);
    if (result == SQLITE_OK) {
        node->references++;
        disk->handles++;
        handle->base.pMethods = &fv_methods;
        handle->disk = disk;
        handle->node = node;
        handle->boot = boot->number;
        handle->read_only = flags & SQLITE_OPEN_READONLY;
        if (out_flags) *out_flags = flags;
    }
    return leave(boot, result);
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int durable) {
    fv_boot *boot = boot_of(vfs);
    if (!enter(boot)) return SQLITE_IOERR;
    return leave(boot, fv_counted_delete(boot->disk, name, durable));
}

/* As SQLite's own VFS, an empty file counts as absent when asked whether it exists. */
static int access_file(sqlite3_vfs *vfs, const char *name, int question, int *answer) {
    fv_boot *boot = boot_of(vfs);
    *answer = 0;
    if (!enter(boot)) return SQLITE_IOERR;
    fv_node *node = fv_find(boot->disk, name);
    *answer = node && (question != SQLITE_ACCESS_EXISTS || node->now.size > 0);
    return leave(boot, SQLITE_OK);
}

static int full_name(sqlite3_vfs *vfs, const char *name, int room, char *full) {
    (void)vfs;
    if (strlen(name) >= (size_t)room) return SQLITE_CANTOPEN;
    strcpy(full, name);
    return SQLITE_OK;
}

static void *no_library(sqlite3_vfs *vfs, const char *name) {
    (void)vfs, (void)name;
    return NULL;
}

static void no_library_text(sqlite3_vfs *vfs, int room, char *text) {
    (void)vfs;
    sqlite3_snprintf(room, text, "a simulated disk holds no libraries");
}

static int randomness(sqlite3_vfs *vfs, int length, char *bytes) {
    fvfs_disk *disk = boot_of(vfs)->disk;
    pthread_mutex_lock(&disk->mutex);
    for (int i = 0; i < length; i++) bytes[i] = (char)fv_random(&disk->chance);
    pthread_mutex_unlock(&disk->mutex);
    return length;
}

/* A busy timeout adds up what it asked for, so it still ends. */
static int sleep_at_once(sqlite3_vfs *vfs, int microseconds) {
    fvfs_disk *disk = boot_of(vfs)->disk;
    pthread_mutex_lock(&disk->mutex);
    disk->stats.sleeps++;
    pthread_mutex_unlock(&disk->mutex);
    return microseconds;
}

/* SQLite counts milliseconds from noon of the day when Julian days began. */
static int current_time(sqlite3_vfs *vfs, sqlite3_int64 *time) {
    fvfs_disk *disk = boot_of(vfs)->disk;
    pthread_mutex_lock(&disk->mutex);
    *time = disk->milliseconds + 210866760000000;
    pthread_mutex_unlock(&disk->mutex);
    return SQLITE_OK;
}

static int current_day(sqlite3_vfs *vfs, double *day) {
    sqlite3_int64 time = 0;
    current_time(vfs, &time);
    *day = (double)time / 86400000.0;
    return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int room, char *text) {
    (void)vfs;
    if (room > 0) *text = 0;
    return 0;
}

void fv_fill_vfs(fv_boot *boot) {
    boot->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(fv_handle),
        .mxPathname = FV_PATH,
        .zName = boot->disk->name,
        .pAppData = boot,
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_name,
        .xDlOpen = no_library,
        .xDlError = no_library_text,
        .xRandomness = randomness,
        .xSleep = sleep_at_once,
        .xCurrentTime = current_day,
        .xGetLastError = last_error,
        .xCurrentTimeInt64 = current_time,
    };
}

/* SQLite takes its own mutex here, so the disk's must be free. ATTACH looks its connection's VFS
 * up by name, so an old one must not go by the name that the new one answers to. */
void fv_replace_vfs(fv_boot *old, fv_boot *new) {
    if (old) sqlite3_vfs_unregister(&old->vfs);
    if (old) old->vfs.zName = "fault-gone";
    if (new) sqlite3_vfs_register(&new->vfs, 0);
}
