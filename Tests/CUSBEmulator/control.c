/* What an emulated device answers on endpoint 0. */
#include "internal.h"
#include <string.h>

static int copy(uint8_t *data, int room, const uint8_t *bytes, int count)
{
	if (count > room)
		count = room;
	memcpy(data, bytes, count);
	return count;
}

static int text(emulated_device *device, int index, uint8_t *data, int room)
{
	static const uint8_t languages[] = { 4, 3, 0x09, 0x04 };
	uint8_t answer[255] = { 0, 3 };
	glong units = 0;
	gunichar2 *wide;

	if (index == 0)
		return copy(data, room, languages, sizeof languages);
	if (index > 3 || !device->texts[index])
		return EMULATED_STALL;
	wide = g_utf8_to_utf16(device->texts[index], -1, NULL, &units, NULL);
	if (!wide)
		return EMULATED_STALL;
	if (units > 126)
		units = 126;
	for (glong i = 0; i < units; i++) {
		answer[2 + 2 * i] = wide[i] & 255;
		answer[3 + 2 * i] = wide[i] >> 8;
	}
	g_free(wide);
	answer[0] = 2 + 2 * units;
	return copy(data, room, answer, answer[0]);
}

int emulated_control(emulated_device *device, const uint8_t *setup, uint8_t *data, int room)
{
	int is_descriptor = setup[1] == 6;

	if (device->build.mute)
		return EMULATED_NAK;
	if (setup[0] == 0x80 && is_descriptor && setup[3] == 3)
		return text(device, setup[2], data, room);
	if (setup[0] == 0x80 && is_descriptor && setup[3] == 1)
		return copy(data, room, device->descriptors, 18);
	if (setup[0] == 0x80 && is_descriptor && setup[3] == 2)
		return copy(data, room, device->descriptors + 18, device->build.descriptor_bytes - 18);
	if (setup[0] == 0x81 && is_descriptor && setup[3] == 0x22)
		return device->build.report_descriptor_bytes
			? copy(data, room, device->report_descriptor, device->build.report_descriptor_bytes)
			: EMULATED_STALL;
	if ((setup[0] & 0x60) == 0)
		return 0;
	return device->behaviour.request
		? device->behaviour.request(device->behaviour.model, setup, data, room)
		: EMULATED_STALL;
}
