/* A simulated disk behind SQLite's VFS interface, for tests.
 *
 * One disk is the storage of one machine. It lives in memory, keeps what was synced apart from
 * what was only written, and can lose power, lie about a sync, run full or fail at a given call.
 * Everything random comes from seeds, so a run repeats. Calls on one disk may come from several
 * threads. Functions that return int answer SQLITE_OK, SQLITE_IOERR, SQLITE_FULL or
 * SQLITE_CANTOPEN.
 */
#ifndef WARREN_FAULTVFS_H
#define WARREN_FAULTVFS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct fvfs_disk fvfs_disk;

/* What a counted call does. FVFS_ANY stands for all of them, in one common count. */
typedef enum {
    FVFS_ANY,
    FVFS_READ,
    FVFS_WRITE,
    FVFS_TRUNCATE,
    FVFS_SYNC,
    FVFS_DELETE,
    FVFS_OPEN,
    FVFS_SHMMAP,
    FVFS_OPERATIONS
} fvfs_operation;

/* What may go wrong at a call. */
typedef enum {
    FVFS_NO_FAULT,
    FVFS_IOERR,     /* The call fails and does nothing. */
    FVFS_FULL,      /* A write finds no room. */
    FVFS_SHORT,     /* Half of a write lands, then it fails. */
    FVFS_LOST,      /* A sync (a directory's too) answers OK and does nothing. */
    FVFS_FORGET,    /* A sync fails and the un-synced writes, still readable, are never saved. */
    FVFS_POWER_CUT, /* The power goes in this call: all calls fail until fvfs_crash. */
    FVFS_FAULTS
} fvfs_fault;

/* What becomes of un-synced changes at a power loss. */
typedef enum {
    FVFS_DROP,  /* None survives. */
    FVFS_KEEP,  /* All survive. */
    FVFS_TEAR,  /* The seed decides for every sector of every write. */
    FVFS_TRASH, /* As FVFS_TEAR; a sector that did not survive may hold noise, neighbours too. */
} fvfs_crash_mode;

/* Everything that was injected, for a report line. */
typedef struct {
    uint64_t crashes, kills;
    uint64_t sectors_kept, sectors_dropped, sectors_trashed;
    uint64_t torn_writes;       /* writes of which some sectors survived and some did not */
    uint64_t truncates_dropped; /* truncates undone by a crash */
    uint64_t names_reverted;    /* creations, deletions and renames undone by a crash */
    uint64_t errors;            /* calls failed by a rule or by the capacity, all kinds */
    uint64_t short_writes, full_writes, lost_syncs, forgotten_syncs, power_cuts;
    uint64_t bits_flipped;
    uint64_t dead_calls; /* calls refused because their handle is older than the last crash */
    uint64_t writebacks; /* un-synced lists saved early because they outgrew their bound */
    uint64_t sleeps;     /* waits that returned at once (a busy timeout at work) */
} fvfs_stats;

/* --- Disks ------------------------------------------------------------------------------- */

/* A new, empty disk, registered with SQLite under fvfs_name ("fault-<n>"); never the default.
 * sector_size is 512 or 4096: what SQLite is told, and the unit in which writes tear. */
fvfs_disk *fvfs_create(uint64_t seed, int sector_size);

/* Close the disk's connections first; one that is still open is dead from here on. */
void fvfs_destroy(fvfs_disk *disk);

/* The VFS name for sqlite3_open_v2; it stays the same across crashes. */
const char *fvfs_name(fvfs_disk *disk);

/* The power fails and returns. Every handle and connection opened before is dead: all its calls
 * fail and none of them, closing included, changes the disk. Shared memory and locks are gone. */
void fvfs_crash(fvfs_disk *disk, uint64_t seed, fvfs_crash_mode mode);

/* The process dies but the machine stays up: handles, locks and shared memory go, written bytes
 * stay readable, and what was not synced is still not. */
void fvfs_kill(fvfs_disk *disk);

/* Counts crashes, kills and clones into this disk. A helper below carries no handle, so code that
 * may outlive a crash compares this before it touches the disk. */
uint64_t fvfs_boot(fvfs_disk *disk);

/* Makes target an exact, synced copy of what source holds now. Target's handles die. */
void fvfs_clone(fvfs_disk *source, fvfs_disk *target);

/* --- Faults ------------------------------------------------------------------------------ */

/* How many calls of a kind have been made since the disk was created. */
uint64_t fvfs_calls(fvfs_disk *disk, fvfs_operation operation);

/* Arms a fault for the first call that it suits, of the given operation, whose count is at least
 * n (counts are those of fvfs_calls, from 1). Sticky: it stays armed. suffix, unless null, limits
 * it to files whose name ends so ("-wal"). False: too many rules are armed. */
bool fvfs_fail_at(
    fvfs_disk *disk, fvfs_operation operation, uint64_t n, fvfs_fault fault, bool sticky,
    const char *suffix);

/* Each sync is lost with this probability, by its own seed; 0 ends it. */
void fvfs_lose_syncs(fvfs_disk *disk, uint64_t seed, int per_thousand);

/* Writes that would grow the files beyond this many bytes in sum find the disk full; 0: no end. */
void fvfs_set_capacity(fvfs_disk *disk, int64_t bytes);

/* Disarms all rules, lost syncs and the capacity. */
void fvfs_clear_faults(fvfs_disk *disk);

/* Turns one bit over in the file at rest. False: the file is not that long. */
bool fvfs_flip_bit(fvfs_disk *disk, const char *name, int64_t offset, int bit);

fvfs_stats fvfs_statistics(fvfs_disk *disk);

/* --- Time and chance --------------------------------------------------------------------- */

/* The disk's wall clock, in milliseconds since 1970; it stands still unless set. */
void fvfs_set_time(fvfs_disk *disk, int64_t unix_milliseconds);

/* SQLite draws WAL salts and random() from one generator of the process, not from the VFS that a
 * connection uses. Call this at the start of a seed to make those repeat too; not 0. */
void fvfs_seed_sqlite(uint32_t seed);

/* --- Files without SQLite, on the same disk under the same faults -------------------------
 * SQLITE_CANTOPEN: there is no such file. */

/* The file becomes exactly these bytes, overwritten in place; created if need be. */
int fvfs_file_write(fvfs_disk *disk, const char *name, const void *bytes, int64_t length);

int fvfs_file_write_at(
    fvfs_disk *disk, const char *name, int64_t offset, const void *bytes, int64_t length);

/* A file that is new in the directory takes the whole directory along, as ext4 does. */
int fvfs_file_sync(fvfs_disk *disk, const char *name);

/* Copies up to room bytes from offset; *length is how many. */
int fvfs_file_read(
    fvfs_disk *disk, const char *name, int64_t offset, void *bytes, int64_t room,
    int64_t *length);

/* Not durable before fvfs_directory_sync, or the sync of a new file; each name by itself. */
int fvfs_file_rename(fvfs_disk *disk, const char *from, const char *to);
int fvfs_file_delete(fvfs_disk *disk, const char *name);
int fvfs_directory_sync(fvfs_disk *disk);

/* --- Looking in from outside: no faults, no counting -------------------------------------- */

/* -1: no such file. */
int64_t fvfs_file_size(fvfs_disk *disk, const char *name);

/* How many bytes of the file's changes are not synced. */
int64_t fvfs_file_unsynced(fvfs_disk *disk, const char *name);

/* The name of the index-th file, in order of creation; null after the last one.
 * Free it with fvfs_free. */
char *fvfs_file_name(fvfs_disk *disk, int index);

/* A copy of the file as it reads now; null: no such file. Free it with fvfs_free. */
uint8_t *fvfs_dump(fvfs_disk *disk, const char *name, int64_t *length);

/* Puts a synced file on the disk, in place of what had that name; syncs the directory. */
void fvfs_load(fvfs_disk *disk, const char *name, const void *bytes, int64_t length);

void fvfs_free(void *memory);

#endif
