/* Losing power: what becomes of changes that no sync has saved. */
#include "internal.h"

/* How one file fares. Most crashes lose a tail; independent sectors alone would almost never
 * leave a long valid prefix, and a prefix alone would never leave a hole. */
typedef struct {
    enum { none, all, prefix, scattered } kind;
    int64_t cut; /* prefix: changes before this one survive, it tears, later ones do not */
    int odds;    /* of a sector to survive, in 256ths */
} fate;

static fate draw_fate(uint64_t *random, fvfs_crash_mode mode, int64_t changes) {
    if (mode == FVFS_DROP) return (fate){none, 0, 0};
    if (mode == FVFS_KEEP) return (fate){all, 0, 256};
    static const int odds[] = {64, 128, 192, 240};
    uint64_t word = fv_random(random);
    int64_t cut = (int64_t)((word >> 8) % (uint64_t)changes);
    switch (word & 7) {
    case 0: return (fate){none, 0, 0};
    case 1: return (fate){all, 0, 256};
    case 2:
    case 3:
    case 4: return (fate){prefix, cut, 0};
    default: return (fate){scattered, 0, odds[(word >> 3) & 3]};
    }
}

static int odds_of(const fate *fate, int64_t index) {
    if (fate->kind != prefix) return fate->odds;
    return index < fate->cut ? 256 : index == fate->cut ? 128 : 0;
}

/* Without powersafe overwrite, a sector in flight may end up as noise from edge to edge. */
static void trash(fvfs_disk *disk, fv_image *image, int64_t sector, uint64_t *random) {
    int64_t end = sector + disk->sector < image->size ? sector + disk->sector : image->size;
    for (int64_t at = sector; at < end; at++) image->bytes[at] = (uint8_t)fv_random(random);
    if (end > sector) disk->stats.sectors_trashed++;
}

static void tear(
    fvfs_disk *disk, fv_node *node, const fv_change *change, int odds, bool noise,
    uint64_t *random) {
    int64_t end = change->offset + change->length;
    bool kept = false, dropped = false;
    for (int64_t at = change->offset; at < end;) {
        int64_t sector = at - at % disk->sector;
        int64_t next = sector + disk->sector < end ? sector + disk->sector : end;
        if (fv_chance(random, odds)) {
            const uint8_t *bytes = node->held.bytes + change->at + (at - change->offset);
            fv_image_put(&node->safe, at, bytes, next - at);
            disk->stats.sectors_kept++;
            kept = true;
        } else {
            disk->stats.sectors_dropped++;
            dropped = true;
            if (noise && fv_chance(random, 64)) trash(disk, &node->safe, sector, random);
        }
        at = next;
    }
    if (kept && dropped) disk->stats.torn_writes++;
}

static void settle(fvfs_disk *disk, fv_node *node, uint64_t *random, fvfs_crash_mode mode) {
    if (node->count) {
        fate fate = draw_fate(random, mode, node->count);
        for (int64_t i = 0; i < node->count; i++) {
            const fv_change *change = &node->changes[i];
            int odds = odds_of(&fate, i);
            if (change->length >= 0) tear(disk, node, change, odds, mode == FVFS_TRASH, random);
            else if (fv_chance(random, odds)) fv_image_resize(&node->safe, change->offset);
            else disk->stats.truncates_dropped++;
        }
    }
    if (node->count || node->diverged) fv_image_copy(&node->now, &node->safe);
    node->count = 0;
    node->held.size = 0;
    node->diverged = false;
}

bool fv_dead(fvfs_disk *disk, uint64_t boot) {
    if (boot == disk->boot->number && !disk->dark && !disk->destroyed) return false;
    disk->stats.dead_calls++;
    return true;
}

/* Everything that lived in the machine's memory goes: locks, shared memory, valid handles. */
fv_boot *fv_next_boot(fvfs_disk *disk) {
    for (fv_node *node = disk->first; node; node = node->next) {
        node->readers = 0;
        node->writer = NULL;
        node->shm = NULL;
    }
    fv_boot *boot = memset(fv_grow(NULL, sizeof *boot), 0, sizeof *boot);
    boot->disk = disk;
    boot->number = disk->boot ? disk->boot->number + 1 : 1;
    boot->older = disk->boot;
    fv_fill_vfs(boot);
    disk->boot = boot;
    return boot;
}

void fvfs_crash(fvfs_disk *disk, uint64_t seed, fvfs_crash_mode mode) {
    pthread_mutex_lock(&disk->mutex);
    disk->stats.crashes++;
    disk->dark = false;
    uint64_t random = seed;
    for (fv_node *node = disk->first; node; node = node->next) settle(disk, node, &random, mode);
    fv_revert_directory(disk, &random, mode);
    fv_boot *new = fv_next_boot(disk);
    pthread_mutex_unlock(&disk->mutex);
    fv_replace_vfs(new->older, new);
}

void fvfs_kill(fvfs_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    disk->stats.kills++;
    fv_boot *new = fv_next_boot(disk);
    pthread_mutex_unlock(&disk->mutex);
    fv_replace_vfs(new->older, new);
}
