/* What the parts of the simulated disk share. Functions here expect the disk's mutex held. */
#ifndef WARREN_FAULTVFS_INTERNAL_H
#define WARREN_FAULTVFS_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "faultvfs.h"

#define FV_RULES 16
#define FV_PATH 512
/* An operating system writes back on its own before memory runs out; so do we. */
#define FV_UNSYNCED_BYTES (64 << 20)

typedef struct fv_handle fv_handle;

typedef struct {
    uint8_t *bytes;
    int64_t size, room;
} fv_image;

/* An un-synced write of `length` bytes, which lie in the node's `held` bytes from `at`;
 * or, with length -1, a truncate to `offset`. */
typedef struct {
    int64_t offset, length, at;
} fv_change;

/* A WAL index. Handles from before a crash may still look into it, so it is counted. */
typedef struct {
    int users, count;
    void **regions;
    int shared[SQLITE_SHM_NLOCK];
    fv_handle *exclusive[SQLITE_SHM_NLOCK];
} fv_shm;

/* A file's content, apart from its names: an open file outlives its deletion. */
typedef struct fv_node {
    struct fv_node *previous, *next;
    int references;
    char *name;         /* the name it was made with, for the rules' suffix */
    fv_image now, safe; /* what reads see; what a sync has saved */
    fv_image held;
    fv_change *changes;
    int64_t count, room;
    bool diverged; /* a forgotten sync: `now` and `safe` differ beyond the changes */
    int readers;   /* handles with SHARED or more */
    fv_handle *writer;
    fv_shm *shm;
} fv_node;

typedef struct {
    char *name;
    fv_node *now, *safe;
} fv_entry;

/* The VFS that connections of one boot hold. A crash registers the next one under the same name,
 * so that a connection from before cannot even open or delete a file, which takes no handle. */
typedef struct fv_boot {
    sqlite3_vfs vfs;
    fvfs_disk *disk;
    uint64_t number;
    struct fv_boot *older;
} fv_boot;

typedef struct {
    fvfs_operation operation;
    fvfs_fault fault;
    uint64_t n;
    bool sticky;
    char suffix[32];
} fv_rule;

struct fvfs_disk {
    pthread_mutex_t mutex;
    char name[32];
    int sector;
    fv_boot *boot;
    bool dark, destroyed;
    int handles;
    fv_node *first, *last;
    fv_entry *entries;
    int entry_count, entry_room;
    uint64_t calls[FVFS_OPERATIONS];
    fv_rule rules[FV_RULES];
    int rule_count;
    uint64_t losing;
    int lost_per_thousand;
    int64_t capacity;
    uint64_t chance;
    int64_t milliseconds;
    fvfs_stats stats;
};

struct fv_handle {
    sqlite3_file base;
    fvfs_disk *disk;
    fv_node *node;
    uint64_t boot;
    int lock, persist_wal;
    bool read_only;
    fv_shm *shm;
    uint8_t shm_shared, shm_exclusive; /* one bit for each slot */
};

/* memory.c: allocation ends the process rather than fail, for a test has no way on. */
void *fv_grow(void *memory, size_t bytes);
char *fv_copy_text(const char *text);
uint64_t fv_random(uint64_t *state);
bool fv_chance(uint64_t *state, int per_256);

/* image.c */
void fv_image_resize(fv_image *image, int64_t size);
void fv_image_put(fv_image *image, int64_t offset, const void *bytes, int64_t length);
void fv_image_copy(fv_image *image, const fv_image *from);
void fv_write(fvfs_disk *disk, fv_node *node, int64_t offset, const void *bytes, int64_t length);
void fv_truncate(fv_node *node, int64_t size);
void fv_save(fv_node *node);
void fv_forget(fv_node *node);

/* directory.c */
fv_node *fv_node_make(fvfs_disk *disk, const char *name);
void fv_node_release(fvfs_disk *disk, fv_node *node);
fv_node *fv_find(fvfs_disk *disk, const char *name);
void fv_link(fvfs_disk *disk, const char *name, fv_node *node);
void fv_unlink(fvfs_disk *disk, const char *name);
void fv_save_directory(fvfs_disk *disk);
void fv_revert_directory(fvfs_disk *disk, uint64_t *random, fvfs_crash_mode mode);
void fv_empty_directory(fvfs_disk *disk);
void fv_sync(fvfs_disk *disk, fv_node *node);

/* faults.c */
fvfs_fault fv_count(fvfs_disk *disk, fvfs_operation operation, const char *name);
int fv_counted_write(
    fvfs_disk *disk, fv_node *node, int64_t offset, const void *bytes, int64_t length);
int fv_counted_truncate(fvfs_disk *disk, fv_node *node, int64_t size);
int fv_counted_sync(fvfs_disk *disk, fv_node *node);
int fv_counted_directory_sync(fvfs_disk *disk);
int fv_counted_delete(fvfs_disk *disk, const char *name, bool durable);
int fv_counted_open(fvfs_disk *disk, const char *name, int flags, fv_node **node);

/* crash.c */
bool fv_dead(fvfs_disk *disk, uint64_t boot);
fv_boot *fv_next_boot(fvfs_disk *disk); /* to be registered once the mutex is free */

/* locks.c */
int fv_lock(sqlite3_file *file, int level);
int fv_unlock(sqlite3_file *file, int level);
int fv_check_reserved(sqlite3_file *file, int *reserved);
void fv_drop_lock(fv_handle *handle, int level);

/* shm.c */
int fv_shm_map(sqlite3_file *file, int index, int size, int extend, void volatile **region);
int fv_shm_lock(sqlite3_file *file, int offset, int count, int flags);
void fv_shm_barrier(sqlite3_file *file);
int fv_shm_unmap(sqlite3_file *file, int erase);
void fv_shm_leave(fv_handle *handle);

/* handle.c, vfs.c */
extern const sqlite3_io_methods fv_methods;
void fv_fill_vfs(fv_boot *boot);
void fv_replace_vfs(fv_boot *old, fv_boot *new);
void fv_free_disk(fvfs_disk *disk);

#endif
