/* The bus: which devices are there, as /sys and /dev tell it. */
#define _GNU_SOURCE
#include "internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_HUB "/devices/pci0000:00/0000:00:14.0/usb1"

static void hexadecimal(char *text, const uint8_t *bytes, int count)
{
	for (int i = 0; i < count; i++)
		sprintf(text + 2 * i, "%02X", bytes[i]);
}

emulated_bus *emulated_bus_new(void)
{
	static const uint8_t hub[] = {
		18, 1, 0, 2, 9, 0, 1, 64, 0x6B, 0x1D, 2, 0, 0, 1, 0, 0, 0, 1,
		9, 2, 25, 0, 1, 1, 0, 0xE0, 0, 9, 4, 0, 0, 1, 9, 0, 0, 0, 7, 5, 0x81, 3, 4, 0, 12,
	};
	const char *preload = getenv("LD_PRELOAD");
	pthread_mutexattr_t recursive;
	char hex[2 * sizeof hub + 1], text[1024];
	emulated_bus *bus;

	if (!preload || !strstr(preload, "libumockdev-preload"))
		return NULL;
	bus = calloc(1, sizeof *bus);
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&bus->lock, &recursive);
	bus->bed = umockdev_testbed_new();
	bus->root = umockdev_testbed_get_root_dir(bus->bed);
	bus->address = 1;
	hexadecimal(hex, hub, sizeof hub);
	snprintf(text, sizeof text,
		"P: " ROOT_HUB "\nN: bus/usb/001/001\n"
		"E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DRIVER=usb\n"
		"E: BUSNUM=001\nE: DEVNUM=001\nE: DEVNAME=/dev/bus/usb/001/001\n"
		"A: busnum=1\\n\nA: devnum=1\\n\nA: bConfigurationValue=1\\n\nA: speed=480\\n\n"
		"H: descriptors=%s\n", hex);
	umockdev_testbed_add_from_string(bus->bed, text, NULL);
	/* Whoever may not open a node must fail at the node and not on the way to it. */
	chmod(bus->root, 0755);
	return bus;
}

static void announce(emulated_device *device)
{
	const uint8_t *id = device->descriptors + 8;
	char hex[2 * sizeof device->descriptors + 1], text[3072];

	hexadecimal(hex, device->descriptors, device->build.descriptor_bytes);
	snprintf(text, sizeof text,
		"P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DRIVER=usb\n"
		"E: BUSNUM=001\nE: DEVNUM=%03d\nE: DEVNAME=%s\nE: PRODUCT=%x/%x/100\n"
		"A: busnum=1\\n\nA: devnum=%d\\n\nA: bConfigurationValue=1\\n\nA: speed=480\\n\n"
		"A: idVendor=%02x%02x\\n\nA: idProduct=%02x%02x\\n\nH: descriptors=%s\n",
		device->place, device->bus->address, device->node, id[0] | id[1] << 8,
		id[2] | id[3] << 8, device->bus->address, id[1], id[0], id[3], id[2], hex);
	umockdev_testbed_add_from_string(device->bus->bed, text, NULL);
}

static char *node_path(emulated_device *device)
{
	return g_strconcat(device->bus->root, device->node, NULL);
}

static void build(emulated_device *device, const emulated_build *from)
{
	device->build = *from;
	memcpy(device->descriptors, from->descriptors, from->descriptor_bytes);
	memcpy(device->report_descriptor, from->report_descriptor, from->report_descriptor_bytes);
	device->texts[1] = g_strdup(from->manufacturer);
	device->texts[2] = g_strdup(from->product);
	device->texts[3] = g_strdup(from->serial);
	device->build.driver = g_strdup(from->driver);
	if (from->driver)
		strncpy(device->driver, from->driver, sizeof device->driver - 1);
}

emulated_device *emulated_plug(
	emulated_bus *bus, const char *port, const emulated_build *from,
	const emulated_behaviour *behaviour)
{
	emulated_device *device = calloc(1, sizeof *device);
	char *path;

	pthread_mutex_lock(&bus->lock);
	bus->address++;
	device->bus = bus;
	device->behaviour = *behaviour;
	device->pull_in = -1;
	build(device, from);
	snprintf(device->place, sizeof device->place, ROOT_HUB "/1-%s", port);
	snprintf(device->node, sizeof device->node, "/dev/bus/usb/001/%03d", bus->address);
	path = node_path(device);
	device->gate = mkfifo(path, 0666) ? -1 : open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	chmod(path, 0666);
	g_free(path);
	if (device->gate >= 0)
		fcntl(device->gate, F_SETPIPE_SZ, 4096);
	transfers_move(device);
	device->calls = umockdev_ioctl_base_new();
	g_signal_connect_after(device->calls, "handle-ioctl", G_CALLBACK(emulated_call), device);
	device->next = bus->first;
	bus->first = device;
	pthread_mutex_unlock(&bus->lock);
	/* Calls must be answered before the arrival is told: a program may open at once. */
	umockdev_testbed_attach_ioctl(bus->bed, device->node, device->calls, NULL);
	/* The preload connects here before it looks at the node; that must not be what fails. */
	path = g_strconcat(bus->root, "/ioctl", device->node, NULL);
	chmod(path, 0777);
	g_free(path);
	announce(device);
	return device;
}

void emulated_unplug(emulated_device *device)
{
	char *path = g_strconcat("/sys", device->place, NULL);
	int is_first;

	pthread_mutex_lock(&device->bus->lock);
	device->is_gone = 1;
	is_first = !device->is_removed;
	device->is_removed = 1;
	transfers_move(device);
	pthread_mutex_unlock(&device->bus->lock);
	if (is_first) {
		umockdev_testbed_uevent(device->bus->bed, path, "remove");
		umockdev_testbed_remove_device(device->bus->bed, path);
	}
	g_free(path);
}

void emulated_bus_free(emulated_bus *bus)
{
	while (bus->first) {
		emulated_device *device = bus->first;
		bus->first = device->next;
		umockdev_testbed_detach_ioctl(bus->bed, device->node, NULL);
		g_object_unref(device->calls);
		pthread_mutex_lock(&bus->lock);
		transfers_drop(device);
		pthread_mutex_unlock(&bus->lock);
		if (device->gate >= 0)
			close(device->gate);
		for (int i = 1; i < 4; i++)
			g_free(device->texts[i]);
		g_free((char *) device->build.driver);
		free(device);
	}
	g_object_unref(bus->bed);
	g_free(bus->root);
	pthread_mutex_destroy(&bus->lock);
	free(bus);
}

#define LOCKED(device, deed) do { \
		pthread_mutex_lock(&(device)->bus->lock); \
		deed; \
		pthread_mutex_unlock(&(device)->bus->lock); \
	} while (0)

void emulated_pull_after(emulated_device *device, int bytes)
{
	LOCKED(device, device->pull_in = bytes);
}

void emulated_lie(emulated_device *device, int lies)
{
	LOCKED(device, device->lies = lies);
}

void emulated_release_driver(emulated_device *device)
{
	LOCKED(device, device->driver[0] = 0);
}

int emulated_has_driver(emulated_device *device)
{
	int answer;
	LOCKED(device, answer = device->driver[0] != 0);
	return answer;
}

int emulated_cleared_halts(emulated_device *device)
{
	int answer;
	LOCKED(device, answer = device->cleared_halts);
	return answer;
}

int emulated_is_claimed(emulated_device *device)
{
	int answer;
	LOCKED(device, answer = device->is_claimed);
	return answer;
}

int emulated_claims(emulated_device *device)
{
	int answer;
	LOCKED(device, answer = device->claims);
	return answer;
}

void emulated_give(
	emulated_device *device, uint8_t endpoint, const uint8_t *bytes, int count)
{
	packet *saying = calloc(1, sizeof *saying + count), **last = &device->says;

	saying->endpoint = endpoint;
	saying->count = count;
	memcpy(saying->bytes, bytes, count);
	pthread_mutex_lock(&device->bus->lock);
	while (*last)
		last = &(*last)->next;
	*last = saying;
	transfers_move(device);
	pthread_mutex_unlock(&device->bus->lock);
}

void emulated_kick(emulated_device *device)
{
	LOCKED(device, transfers_move(device));
}

int emulated_waiting(emulated_device *device, uint8_t endpoint)
{
	int count = 0;
	pthread_mutex_lock(&device->bus->lock);
	for (transfer *at = device->waiting; at; at = at->next)
		count += at->endpoint == endpoint;
	pthread_mutex_unlock(&device->bus->lock);
	return count;
}

void emulated_forbid(emulated_device *device, int forbidden)
{
	char *path = node_path(device);
	chmod(path, forbidden ? 0600 : 0666);
	g_free(path);
}

void emulated_as_nobody(int nobody)
{
	setfsuid(nobody ? 65534 : geteuid());
}
