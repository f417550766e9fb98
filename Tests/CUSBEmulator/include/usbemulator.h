/* USB devices that exist only as answers to usbfs calls. The real libusb of the
 * same process talks to them; it must run under umockdev-wrapper. What a device
 * does with its bytes is the test's: see `emulated_behaviour`.
 *
 * Every function may be called from any thread. A behaviour's functions run with
 * the bus locked, may call `emulated_give`, and must not wait for anything. */
#ifndef USBEMULATOR_H
#define USBEMULATOR_H

#include <stdint.h>

typedef struct emulated_bus emulated_bus;
typedef struct emulated_device emulated_device;

enum {
	EMULATED_NAK = -1,	/* not now: the transfer waits */
	EMULATED_STALL = -2,
	EMULATED_BUS_ERROR = -3,
};

/* In which way a host's counts are wrong (what was seen on other stacks). */
enum {
	EMULATED_ZERO_ON_PULL = 1,	/* a pulled transfer counts 0 bytes */
	EMULATED_ALL_ON_CANCEL = 2,	/* a cancelled one counts all of its bytes */
};

typedef struct {
	void *model;
	/* A class or vendor request: fills `data` or reads it; bytes or one of the above. */
	int (*request)(void *model, const uint8_t *setup, uint8_t *data, int room);
	/* One packet to the device: how many bytes it took, or one of the above. */
	int (*take)(void *model, const uint8_t *bytes, int count);
} emulated_behaviour;

typedef struct {
	const uint8_t *descriptors;	/* the device's 18 bytes, then the configuration's */
	int descriptor_bytes;
	/* Report descriptor of a HID device, or NULL. */
	const uint8_t *report_descriptor;
	int report_descriptor_bytes;
	/* UTF-8; index 1, 2, 3 of the string descriptors; NULL for none. */
	const char *manufacturer, *product, *serial;
	/* Bound at arrival: "usblp", "usbhid"; "usbfs" stands for another program; or NULL. */
	const char *driver;
	/* Strings and requests are never answered. */
	int mute;
} emulated_build;

/* NULL without the preload. One bus a process. */
emulated_bus *emulated_bus_new(void);
void emulated_bus_free(emulated_bus *);

/* port: "1", "2.4": the path below bus 1. The device lives until the bus is freed. */
emulated_device *emulated_plug(
	emulated_bus *, const char *port, const emulated_build *, const emulated_behaviour *);
/* Ends what is under way, answers nothing more, and tells of the leaving. */
void emulated_unplug(emulated_device *);
/* The cable is pulled when the device has got this many bytes more; unplug tells of it. */
void emulated_pull_after(emulated_device *, int bytes);
void emulated_lie(emulated_device *, int lies);
/* Another program lets go of the interface. */
void emulated_release_driver(emulated_device *);
int emulated_has_driver(emulated_device *);
int emulated_is_claimed(emulated_device *);
/* How often an interface was taken. */
int emulated_claims(emulated_device *);
/* How often a stalled endpoint was set free. */
int emulated_cleared_halts(emulated_device *);
/* What the device says on an IN endpoint: at most one transfer for each call. */
void emulated_give(emulated_device *, uint8_t endpoint, const uint8_t *bytes, int count);
/* The behaviour's answer may be another one now. */
void emulated_kick(emulated_device *);
/* Transfers of this endpoint that wait at present. */
int emulated_waiting(emulated_device *, uint8_t endpoint);
/* Open for nobody but root, as without a udev rule; or for all. */
void emulated_forbid(emulated_device *, int forbidden);
/* The calling thread opens files as nobody, or as itself again: root has no access to lose. */
void emulated_as_nobody(int nobody);

#endif
