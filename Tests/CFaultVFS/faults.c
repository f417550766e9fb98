/* Counting calls, and doing to each what the rules say. */
#include "internal.h"

static bool suits(fvfs_fault fault, fvfs_operation operation) {
    switch (fault) {
    case FVFS_FULL:
    case FVFS_SHORT: return operation == FVFS_WRITE;
    case FVFS_FORGET:
    case FVFS_LOST: return operation == FVFS_SYNC;
    default: return true;
    }
}

static bool ends_with(const char *name, const char *suffix) {
    size_t length = name ? strlen(name) : 0, wanted = strlen(suffix);
    return length >= wanted && !strcmp(name + length - wanted, suffix);
}

static fvfs_fault armed(fvfs_disk *disk, fvfs_operation operation, const char *name) {
    for (int i = 0; i < disk->rule_count; i++) {
        fv_rule *rule = &disk->rules[i];
        if (rule->operation != FVFS_ANY && rule->operation != operation) continue;
        if (disk->calls[rule->operation] < rule->n || !suits(rule->fault, operation)) continue;
        if (!ends_with(name, rule->suffix)) continue;
        fvfs_fault fault = rule->fault;
        if (!rule->sticky) {
            disk->rule_count--;
            memmove(rule, rule + 1, (size_t)(disk->rule_count - i) * sizeof *rule);
        }
        return fault;
    }
    return FVFS_NO_FAULT;
}

fvfs_fault fv_count(fvfs_disk *disk, fvfs_operation operation, const char *name) {
    disk->calls[FVFS_ANY]++;
    disk->calls[operation]++;
    fvfs_fault fault = armed(disk, operation, name);
    if (fault == FVFS_NO_FAULT && operation == FVFS_SYNC && disk->lost_per_thousand > 0 &&
        fv_random(&disk->losing) % 1000 < (uint64_t)disk->lost_per_thousand)
        fault = FVFS_LOST;
    fvfs_stats *stats = &disk->stats;
    if (fault == FVFS_LOST) stats->lost_syncs++;
    if (fault == FVFS_FULL) stats->full_writes++;
    if (fault == FVFS_SHORT) stats->short_writes++;
    if (fault == FVFS_FORGET) stats->forgotten_syncs++;
    if (fault == FVFS_POWER_CUT) {
        stats->power_cuts++;
        disk->dark = true;
    }
    if (fault != FVFS_NO_FAULT && fault != FVFS_LOST) stats->errors++;
    return fault;
}

static bool fits(fvfs_disk *disk, fv_node *node, int64_t end) {
    if (!disk->capacity || end <= node->now.size) return true;
    int64_t used = end - node->now.size;
    for (fv_node *each = disk->first; each; each = each->next) used += each->now.size;
    return used <= disk->capacity;
}

int fv_counted_write(
    fvfs_disk *disk, fv_node *node, int64_t offset, const void *bytes, int64_t length) {
    switch (fv_count(disk, FVFS_WRITE, node->name)) {
    case FVFS_IOERR: return SQLITE_IOERR_WRITE;
    case FVFS_FULL: return SQLITE_FULL;
    case FVFS_SHORT: fv_write(disk, node, offset, bytes, length / 2); return SQLITE_IOERR_WRITE;
    case FVFS_POWER_CUT: /* The write was on its way: the crash decides about its sectors. */
        fv_write(disk, node, offset, bytes, length);
        return SQLITE_IOERR_WRITE;
    default: break;
    }
    if (!fits(disk, node, offset + length)) {
        disk->stats.full_writes++;
        disk->stats.errors++;
        return SQLITE_FULL;
    }
    fv_write(disk, node, offset, bytes, length);
    return SQLITE_OK;
}

int fv_counted_truncate(fvfs_disk *disk, fv_node *node, int64_t size) {
    fvfs_fault fault = fv_count(disk, FVFS_TRUNCATE, node->name);
    if (fault == FVFS_IOERR) return SQLITE_IOERR_TRUNCATE;
    fv_truncate(node, size);
    return fault == FVFS_POWER_CUT ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

int fv_counted_sync(fvfs_disk *disk, fv_node *node) {
    switch (fv_count(disk, FVFS_SYNC, node->name)) {
    case FVFS_LOST: return SQLITE_OK;
    case FVFS_FORGET: fv_forget(node); return SQLITE_IOERR_FSYNC;
    case FVFS_NO_FAULT: fv_sync(disk, node); return SQLITE_OK;
    default: return SQLITE_IOERR_FSYNC;
    }
}

int fv_counted_directory_sync(fvfs_disk *disk) {
    switch (fv_count(disk, FVFS_SYNC, "")) {
    case FVFS_NO_FAULT: fv_save_directory(disk); return SQLITE_OK;
    case FVFS_LOST: return SQLITE_OK;
    default: return SQLITE_IOERR_DIR_FSYNC;
    }
}

int fv_counted_delete(fvfs_disk *disk, const char *name, bool durable) {
    fvfs_fault fault = fv_count(disk, FVFS_DELETE, name);
    if (fault == FVFS_IOERR) return SQLITE_IOERR_DELETE;
    if (!fv_find(disk, name)) return SQLITE_IOERR_DELETE_NOENT;
    fv_unlink(disk, name);
    if (fault == FVFS_POWER_CUT) return SQLITE_IOERR_DELETE;
    return durable ? fv_counted_directory_sync(disk) : SQLITE_OK;
}

/* A failed open is SQLITE_CANTOPEN, as with SQLite's own VFS. */
int fv_counted_open(fvfs_disk *disk, const char *name, int flags, fv_node **node) {
    if (fv_count(disk, FVFS_OPEN, name) != FVFS_NO_FAULT) return SQLITE_CANTOPEN;
    *node = name ? fv_find(disk, name) : NULL;
    if (*node) return flags & SQLITE_OPEN_EXCLUSIVE ? SQLITE_CANTOPEN : SQLITE_OK;
    if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    *node = fv_node_make(disk, name);
    if (name) fv_link(disk, name, *node);
    return SQLITE_OK;
}
