/* Transfers between the host's submission and its reaping. */
#include "internal.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libusb waits for the node to become writable. A FIFO that is kept full is not; drained, it is. */
static void open_gate(emulated_device *device, int is_open)
{
	static const char filling[4096];
	char drained[4096];

	if (device->gate < 0)
		return;
	if (is_open)
		while (read(device->gate, drained, sizeof drained) > 0)
			continue;
	else
		while (write(device->gate, filling, sizeof filling) > 0)
			continue;
}

static int packet_bytes(emulated_device *device, uint8_t endpoint)
{
	const uint8_t *at = device->descriptors + 18;
	const uint8_t *end = device->descriptors + device->build.descriptor_bytes;

	for (; at + 7 <= end && at[0]; at += at[0])
		if (at[1] == 5 && at[2] == endpoint)
			return at[4] | (at[5] & 7) << 8;
	return 64;
}

static void end(emulated_device *device, transfer **place, int status)
{
	transfer *ending = *place, **last = &device->ended;

	*place = ending->next;
	ending->status = status;
	ending->next = NULL;
	while (*last)
		last = &(*last)->next;
	*last = ending;
}

static void end_all(emulated_device *device)
{
	while (device->waiting) {
		transfer *lost = device->waiting;
		if ((device->lies & EMULATED_ZERO_ON_PULL) && !(lost->endpoint & 0x80))
			lost->moved = 0;
		end(device, &device->waiting, -ESHUTDOWN);
	}
}

static int status_of(int answer)
{
	return answer == EMULATED_STALL ? -EPIPE : -EPROTO;
}

/* One packet after the other, until the device has no more room or all are through. */
static int move_out(emulated_device *device, transfer *moving)
{
	int room = packet_bytes(device, moving->endpoint);

	while (moving->moved < moving->length) {
		int count = moving->length - moving->moved, taken;
		if (count > room)
			count = room;
		if (device->pull_in >= 0 && count > device->pull_in)
			count = device->pull_in;
		taken = count ? device->behaviour.take(
			device->behaviour.model, moving->bytes + moving->moved, count) : 0;
		if (taken < 0)
			return taken;
		moving->moved += taken;
		if (device->pull_in >= 0)
			device->pull_in -= taken;
		if (device->pull_in == 0) {
			device->is_gone = 1;
			return EMULATED_NAK;
		}
		if (taken < count)
			return EMULATED_NAK;
	}
	return 0;
}

static int move_in(emulated_device *device, transfer *moving)
{
	packet **place = &device->says, *saying;

	while (*place && (*place)->endpoint != moving->endpoint)
		place = &(*place)->next;
	saying = *place;
	if (!saying)
		return EMULATED_NAK;
	moving->moved = saying->count < moving->length ? saying->count : moving->length;
	memcpy(moving->bytes, saying->bytes, moving->moved);
	saying->count -= moving->moved;
	memmove(saying->bytes, saying->bytes + moving->moved, saying->count);
	if (!saying->count) {
		*place = saying->next;
		free(saying);
	}
	return 0;
}

static int move(emulated_device *device, transfer *moving)
{
	if (moving->type == USBDEVFS_URB_TYPE_CONTROL) {
		int answer = emulated_control(
			device, moving->bytes, moving->bytes + 8, moving->length - 8);
		if (answer >= 0)
			moving->moved = answer;
		return answer;
	}
	return moving->endpoint & 0x80 ? move_in(device, moving) : move_out(device, moving);
}

void transfers_move(emulated_device *device)
{
	transfer **place = &device->waiting;
	uint8_t is_busy[256] = { 0 };

	/* A behaviour that speaks while it takes comes here again: once more, afterwards. */
	device->must_move = 1;
	if (device->is_moving)
		return;
	device->is_moving = 1;
	while (device->must_move) {
		device->must_move = 0;
		memset(is_busy, 0, sizeof is_busy);
		for (place = &device->waiting; *place && !device->is_gone;) {
			int answer = is_busy[(*place)->endpoint] ? EMULATED_NAK : move(device, *place);
			if (answer == EMULATED_NAK) {
				is_busy[(*place)->endpoint] = 1;
				place = &(*place)->next;
			} else {
				end(device, place, answer < 0 ? status_of(answer) : 0);
			}
		}
	}
	device->is_moving = 0;
	if (device->is_gone)
		end_all(device);
	/* After a pull the host finds out by asking: let it. */
	open_gate(device, device->ended != NULL || device->is_gone);
}

void transfer_begin(emulated_device *device, UMockdevIoctlData *argument)
{
	transfer *new = calloc(1, sizeof *new), **last = &device->waiting;
	struct usbdevfs_urb host;

	new->block = umockdev_ioctl_data_resolve(argument, 0, sizeof host, NULL);
	memcpy(&host, new->block->data, sizeof host);
	new->type = host.type;
	new->endpoint = host.endpoint;
	new->length = host.buffer_length;
	new->bytes = calloc(1, new->length + 1);
	if (new->length) {
		new->data = umockdev_ioctl_data_resolve(
			new->block, offsetof(struct usbdevfs_urb, buffer), new->length, NULL);
		memcpy(new->bytes, new->data->data, new->length);
	}
	while (*last)
		last = &(*last)->next;
	*last = new;
	transfers_move(device);
}

static void forget(transfer *old)
{
	umockdev_ioctl_data_unref(old->block);
	if (old->data)
		umockdev_ioctl_data_unref(old->data);
	free(old->bytes);
	free(old);
}

int transfer_take_back(emulated_device *device, UMockdevIoctlData *argument)
{
	transfer *back = device->ended;
	UMockdevIoctlData *answer;
	int skip;

	if (!back)
		return 0;
	device->ended = back->next;
	skip = back->type == USBDEVFS_URB_TYPE_CONTROL ? 8 : 0;
	if (back->data && back->moved && ((skip ? back->bytes[0] : back->endpoint) & 0x80))
		umockdev_ioctl_data_update(back->data, skip, back->bytes + skip, back->moved);
	umockdev_ioctl_data_update(back->block, offsetof(struct usbdevfs_urb, status),
		(guint8 *) &back->status, sizeof back->status);
	umockdev_ioctl_data_update(back->block, offsetof(struct usbdevfs_urb, actual_length),
		(guint8 *) &back->moved, sizeof back->moved);
	answer = umockdev_ioctl_data_resolve(argument, 0, sizeof(void *), NULL);
	umockdev_ioctl_data_set_ptr(answer, 0, back->block);
	umockdev_ioctl_data_unref(answer);
	forget(back);
	open_gate(device, device->ended != NULL || device->is_gone);
	return 1;
}

int transfer_discard(emulated_device *device, gulong address)
{
	for (transfer **place = &device->waiting; *place; place = &(*place)->next)
		if ((*place)->block->client_addr == address) {
			if ((device->lies & EMULATED_ALL_ON_CANCEL) && !((*place)->endpoint & 0x80))
				(*place)->moved = (*place)->length;
			end(device, place, -ENOENT);
			open_gate(device, 1);
			return 0;
		}
	return EINVAL;
}

void transfers_drop(emulated_device *device)
{
	end_all(device);
	while (device->ended) {
		transfer *old = device->ended;
		device->ended = old->next;
		forget(old);
	}
	while (device->says) {
		packet *old = device->says;
		device->says = old->next;
		free(old);
	}
}
