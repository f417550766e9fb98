#ifndef USBEMULATOR_INTERNAL_H
#define USBEMULATOR_INTERNAL_H

#include "usbemulator.h"
#include <sys/ioctl.h>
#include <linux/usbdevice_fs.h>
#include <pthread.h>
#include <umockdev.h>


/* A transfer that the host has submitted and not got back. */
typedef struct transfer {
	struct transfer *next;
	UMockdevIoctlData *block;	/* the host's struct usbdevfs_urb */
	UMockdevIoctlData *data;	/* its buffer, or NULL */
	uint8_t type, endpoint;
	uint8_t *bytes;
	int length, moved, status;
} transfer;

/* What a device has to say. */
typedef struct packet {
	struct packet *next;
	uint8_t endpoint;
	int count;
	uint8_t bytes[];
} packet;

struct emulated_bus {
	UMockdevTestbed *bed;
	char *root;
	pthread_mutex_t lock;
	emulated_device *first;
	int address;
};

struct emulated_device {
	emulated_device *next;
	emulated_bus *bus;
	emulated_build build;
	emulated_behaviour behaviour;
	uint8_t descriptors[512], report_descriptor[512];
	char *texts[4];		/* by index; 0 is unused */
	char driver[32];
	char port[32], node[64], place[128];
	UMockdevIoctlBase *calls;
	int gate;		/* our end of the FIFO that stands for the device node */
	int is_gone, is_removed, is_claimed, is_moving, must_move, lies, cleared_halts, claims;
	long pull_in;		/* bytes until the cable is pulled, or -1 */
	transfer *waiting;	/* in the order of submission */
	transfer *ended;	/* in the order in which they ended */
	packet *says;
};

/* usbfs.c */
gboolean emulated_call(UMockdevIoctlBase *, UMockdevIoctlClient *, emulated_device *);
/* transfers.c: all with the bus locked */
void transfer_begin(emulated_device *, UMockdevIoctlData *argument);
int transfer_take_back(emulated_device *, UMockdevIoctlData *argument);
int transfer_discard(emulated_device *, gulong address);
void transfers_move(emulated_device *);
void transfers_drop(emulated_device *);
/* control.c */
int emulated_control(emulated_device *, const uint8_t *setup, uint8_t *data, int room);

#endif
