/* A file's two images, and the ordered changes that lead from the saved one to the current one. */
#include "internal.h"

static void reserve(fv_image *image, int64_t size) {
    if (size <= image->room) return;
    int64_t room = image->room ? image->room : 4096;
    while (room < size) room *= 2;
    image->bytes = fv_grow(image->bytes, (size_t)room);
    image->room = room;
}

/* New bytes read as zero, as in a file with a hole. */
void fv_image_resize(fv_image *image, int64_t size) {
    reserve(image, size);
    if (size > image->size) memset(image->bytes + image->size, 0, (size_t)(size - image->size));
    image->size = size;
}

void fv_image_put(fv_image *image, int64_t offset, const void *bytes, int64_t length) {
    if (length <= 0) return;
    if (offset > image->size) fv_image_resize(image, offset);
    reserve(image, offset + length);
    memcpy(image->bytes + offset, bytes, (size_t)length);
    if (offset + length > image->size) image->size = offset + length;
}

void fv_image_copy(fv_image *image, const fv_image *from) {
    image->size = 0;
    fv_image_put(image, 0, from->bytes, from->size);
}

static void note(fv_node *node, int64_t offset, int64_t length) {
    if (node->count == node->room) {
        node->room = node->room ? node->room * 2 : 16;
        node->changes = fv_grow(node->changes, (size_t)node->room * sizeof *node->changes);
    }
    node->changes[node->count++] = (fv_change){offset, length, node->held.size};
}

void fv_write(fvfs_disk *disk, fv_node *node, int64_t offset, const void *bytes, int64_t length) {
    if (length <= 0) return;
    if (node->held.size + length > FV_UNSYNCED_BYTES) {
        fv_save(node);
        disk->stats.writebacks++;
    }
    note(node, offset, length);
    fv_image_put(&node->held, node->held.size, bytes, length);
    fv_image_put(&node->now, offset, bytes, length);
}

void fv_truncate(fv_node *node, int64_t size) {
    note(node, size, -1);
    fv_image_resize(&node->now, size);
}

/* Lists and buffers keep their room: a steady load allocates nothing. */
void fv_forget(fv_node *node) {
    if (node->count) node->diverged = true;
    node->count = 0;
    node->held.size = 0;
}

void fv_save(fv_node *node) {
    for (int64_t i = 0; i < node->count; i++) {
        const fv_change *change = &node->changes[i];
        if (change->length < 0) {
            fv_image_resize(&node->safe, change->offset);
        } else {
            fv_image_put(
                &node->safe, change->offset, node->held.bytes + change->at, change->length);
        }
    }
    node->count = 0;
    node->held.size = 0;
}
