/* Names. Each has a current and a saved meaning, which differ until the directory is synced.
 * Slashes mean nothing: a disk is one directory. */
#include "internal.h"

fv_node *fv_node_make(fvfs_disk *disk, const char *name) {
    fv_node *node = memset(fv_grow(NULL, sizeof *node), 0, sizeof *node);
    node->name = fv_copy_text(name ? name : "");
    node->previous = disk->last;
    if (disk->last) disk->last->next = node;
    else disk->first = node;
    disk->last = node;
    return node;
}

void fv_node_release(fvfs_disk *disk, fv_node *node) {
    if (!node || --node->references > 0) return;
    if (node->previous) node->previous->next = node->next;
    else disk->first = node->next;
    if (node->next) node->next->previous = node->previous;
    else disk->last = node->previous;
    free(node->now.bytes);
    free(node->safe.bytes);
    free(node->held.bytes);
    free(node->changes);
    free(node->name);
    free(node);
}

static fv_entry *entry(fvfs_disk *disk, const char *name) {
    for (int i = 0; i < disk->entry_count; i++)
        if (!strcmp(disk->entries[i].name, name)) return &disk->entries[i];
    return NULL;
}

fv_node *fv_find(fvfs_disk *disk, const char *name) {
    fv_entry *found = entry(disk, name);
    return found ? found->now : NULL;
}

static void assign(fvfs_disk *disk, fv_node **place, fv_node *node) {
    if (node) node->references++;
    fv_node *old = *place;
    *place = node;
    fv_node_release(disk, old);
}

/* The order of creation stays, for the order of entries decides what a seed does. */
static void drop_empty_entries(fvfs_disk *disk) {
    int kept = 0;
    for (int i = 0; i < disk->entry_count; i++) {
        fv_entry *each = &disk->entries[i];
        if (each->now || each->safe) disk->entries[kept++] = *each;
        else free(each->name);
    }
    disk->entry_count = kept;
}

void fv_link(fvfs_disk *disk, const char *name, fv_node *node) {
    fv_entry *found = entry(disk, name);
    if (!found) {
        if (disk->entry_count == disk->entry_room) {
            disk->entry_room = disk->entry_room ? disk->entry_room * 2 : 8;
            disk->entries =
                fv_grow(disk->entries, (size_t)disk->entry_room * sizeof *disk->entries);
        }
        found = &disk->entries[disk->entry_count++];
        *found = (fv_entry){fv_copy_text(name), NULL, NULL};
    }
    assign(disk, &found->now, node);
}

void fv_unlink(fvfs_disk *disk, const char *name) {
    fv_entry *found = entry(disk, name);
    if (found) assign(disk, &found->now, NULL);
    drop_empty_entries(disk);
}

void fv_save_directory(fvfs_disk *disk) {
    for (int i = 0; i < disk->entry_count; i++)
        assign(disk, &disk->entries[i].safe, disk->entries[i].now);
    drop_empty_entries(disk);
}

void fv_revert_directory(fvfs_disk *disk, uint64_t *random, fvfs_crash_mode mode) {
    for (int i = 0; i < disk->entry_count; i++) {
        fv_entry *each = &disk->entries[i];
        if (each->now == each->safe) continue;
        bool keep = mode == FVFS_KEEP || (mode != FVFS_DROP && fv_chance(random, 128));
        if (keep) {
            assign(disk, &each->safe, each->now);
        } else {
            assign(disk, &each->now, each->safe);
            disk->stats.names_reverted++;
        }
    }
    drop_empty_entries(disk);
}

void fv_empty_directory(fvfs_disk *disk) {
    for (int i = 0; i < disk->entry_count; i++) {
        assign(disk, &disk->entries[i].now, NULL);
        assign(disk, &disk->entries[i].safe, NULL);
    }
    drop_empty_entries(disk);
}

/* SQLite's Unix VFS syncs the directory with a new journal's or WAL's first sync, and ext4 does so
 * for any new file. Deletions that came before are saved along; SQLite relies on that when it
 * turns a fresh database from a rollback journal to a WAL. */
void fv_sync(fvfs_disk *disk, fv_node *node) {
    fv_save(node);
    for (int i = 0; i < disk->entry_count; i++) {
        fv_entry *each = &disk->entries[i];
        if (each->now == node && each->safe != node) {
            fv_save_directory(disk);
            return;
        }
    }
}
