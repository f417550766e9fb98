/* Making, copying, tuning and freeing a disk. */
#include "internal.h"

#include <stdatomic.h>
#include <stdio.h>

fvfs_disk *fvfs_create(uint64_t seed, int sector_size) {
    static atomic_uint disks;
    fvfs_disk *disk = memset(fv_grow(NULL, sizeof *disk), 0, sizeof *disk);
    pthread_mutex_init(&disk->mutex, NULL);
    snprintf(disk->name, sizeof disk->name, "fault-%u", atomic_fetch_add(&disks, 1) + 1);
    disk->sector = sector_size == 4096 ? 4096 : 512;
    disk->chance = seed;
    fv_replace_vfs(NULL, fv_next_boot(disk));
    return disk;
}

void fv_free_disk(fvfs_disk *disk) {
    fv_empty_directory(disk);
    for (fv_boot *boot = disk->boot; boot;) {
        fv_boot *older = boot->older;
        free(boot);
        boot = older;
    }
    free(disk->entries);
    pthread_mutex_destroy(&disk->mutex);
    free(disk);
}

void fvfs_destroy(fvfs_disk *disk) {
    fv_replace_vfs(disk->boot, NULL);
    pthread_mutex_lock(&disk->mutex);
    disk->destroyed = true;
    bool idle = disk->handles == 0;
    pthread_mutex_unlock(&disk->mutex);
    if (idle) fv_free_disk(disk);
}

static void put_saved(fvfs_disk *disk, const char *name, const void *bytes, int64_t length) {
    fv_node *node = fv_node_make(disk, name);
    fv_image_put(&node->now, 0, bytes, length);
    fv_image_copy(&node->safe, &node->now);
    fv_link(disk, name, node);
    fv_save_directory(disk);
}

void fvfs_clone(fvfs_disk *source, fvfs_disk *target) {
    if (source == target) return;
    /* One order for all, or two clones in opposite directions could wait for each other. */
    fvfs_disk *first = source < target ? source : target;
    fvfs_disk *second = source < target ? target : source;
    pthread_mutex_lock(&first->mutex);
    pthread_mutex_lock(&second->mutex);
    fv_empty_directory(target);
    target->dark = false;
    for (int i = 0; i < source->entry_count; i++) {
        fv_entry *each = &source->entries[i];
        if (each->now) put_saved(target, each->name, each->now->now.bytes, each->now->now.size);
    }
    fv_boot *new = fv_next_boot(target);
    pthread_mutex_unlock(&second->mutex);
    pthread_mutex_unlock(&first->mutex);
    fv_replace_vfs(new->older, new);
}

void fvfs_load(fvfs_disk *disk, const char *name, const void *bytes, int64_t length) {
    pthread_mutex_lock(&disk->mutex);
    put_saved(disk, name, bytes, length);
    pthread_mutex_unlock(&disk->mutex);
}

const char *fvfs_name(fvfs_disk *disk) { return disk->name; }

uint64_t fvfs_boot(fvfs_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    uint64_t number = disk->boot->number;
    pthread_mutex_unlock(&disk->mutex);
    return number;
}

uint64_t fvfs_calls(fvfs_disk *disk, fvfs_operation operation) {
    pthread_mutex_lock(&disk->mutex);
    uint64_t calls = operation < FVFS_OPERATIONS ? disk->calls[operation] : 0;
    pthread_mutex_unlock(&disk->mutex);
    return calls;
}

bool fvfs_fail_at(
    fvfs_disk *disk, fvfs_operation operation, uint64_t n, fvfs_fault fault, bool sticky,
    const char *suffix) {
    fv_rule rule = {.operation = operation, .fault = fault, .n = n, .sticky = sticky};
    if (suffix) {
        if (strlen(suffix) >= sizeof rule.suffix) return false;
        strcpy(rule.suffix, suffix);
    }
    pthread_mutex_lock(&disk->mutex);
    bool fits = disk->rule_count < FV_RULES;
    if (fits) disk->rules[disk->rule_count++] = rule;
    pthread_mutex_unlock(&disk->mutex);
    return fits;
}

void fvfs_lose_syncs(fvfs_disk *disk, uint64_t seed, int per_thousand) {
    pthread_mutex_lock(&disk->mutex);
    disk->losing = seed;
    disk->lost_per_thousand = per_thousand;
    pthread_mutex_unlock(&disk->mutex);
}

void fvfs_set_capacity(fvfs_disk *disk, int64_t bytes) {
    pthread_mutex_lock(&disk->mutex);
    disk->capacity = bytes;
    pthread_mutex_unlock(&disk->mutex);
}

void fvfs_clear_faults(fvfs_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    disk->rule_count = 0;
    disk->lost_per_thousand = 0;
    disk->capacity = 0;
    pthread_mutex_unlock(&disk->mutex);
}

void fvfs_set_time(fvfs_disk *disk, int64_t unix_milliseconds) {
    pthread_mutex_lock(&disk->mutex);
    disk->milliseconds = unix_milliseconds;
    pthread_mutex_unlock(&disk->mutex);
}

fvfs_stats fvfs_statistics(fvfs_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    fvfs_stats stats = disk->stats;
    pthread_mutex_unlock(&disk->mutex);
    return stats;
}
