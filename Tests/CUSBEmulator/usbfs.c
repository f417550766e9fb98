/* The calls that libusb makes on a device node, answered as the kernel answers them. */
#include "internal.h"
#include <errno.h>
#include <string.h>

static void capabilities(UMockdevIoctlData *argument)
{
	guint32 what = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION
		| USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_BULK_SCATTER_GATHER
		| USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
	UMockdevIoctlData *answer = umockdev_ioctl_data_resolve(argument, 0, sizeof what, NULL);

	umockdev_ioctl_data_update(answer, 0, (guint8 *) &what, sizeof what);
	umockdev_ioctl_data_unref(answer);
}

static int driver_name(emulated_device *device, UMockdevIoctlData *argument)
{
	struct usbdevfs_getdriver name;
	UMockdevIoctlData *answer;

	if (!device->driver[0])
		return ENODATA;
	answer = umockdev_ioctl_data_resolve(argument, 0, sizeof name, NULL);
	memcpy(&name, answer->data, sizeof name);
	memset(name.driver, 0, sizeof name.driver);
	strncpy(name.driver, device->driver, sizeof name.driver - 1);
	umockdev_ioctl_data_update(answer, 0, (guint8 *) &name, sizeof name);
	umockdev_ioctl_data_unref(answer);
	return 0;
}

static int claim(emulated_device *device, int detaches)
{
	/* What another program holds through usbfs nobody may take from it. */
	if (device->driver[0] && (!detaches || !strcmp(device->driver, "usbfs")))
		return EBUSY;
	device->driver[0] = 0;
	device->is_claimed = 1;
	device->claims++;
	return 0;
}

static int driver_call(emulated_device *device, UMockdevIoctlData *argument)
{
	struct usbdevfs_ioctl call;
	UMockdevIoctlData *told = umockdev_ioctl_data_resolve(argument, 0, sizeof call, NULL);

	memcpy(&call, told->data, sizeof call);
	umockdev_ioctl_data_unref(told);
	if (call.ioctl_code == (int) USBDEVFS_DISCONNECT) {
		if (!device->driver[0])
			return ENODATA;
		device->driver[0] = 0;
		return 0;
	}
	if (call.ioctl_code != (int) USBDEVFS_CONNECT)
		return ENOTTY;
	if (device->build.driver)
		strncpy(device->driver, device->build.driver, sizeof device->driver - 1);
	return 0;
}

static int answer(emulated_device *device, gulong request, UMockdevIoctlData *argument)
{
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES:
		capabilities(argument);
		return 0;
	case USBDEVFS_GETDRIVER:
		return driver_name(device, argument);
	case USBDEVFS_CLAIMINTERFACE:
		return claim(device, 0);
	case USBDEVFS_DISCONNECT_CLAIM:
		return claim(device, 1);
	case USBDEVFS_RELEASEINTERFACE:
		device->is_claimed = 0;
		return 0;
	case USBDEVFS_IOCTL:
		return driver_call(device, argument);
	case USBDEVFS_SUBMITURB:
		transfer_begin(device, argument);
		return 0;
	case USBDEVFS_CLEAR_HALT:
		device->cleared_halts++;
		return 0;
	case USBDEVFS_SETCONFIGURATION:
	case USBDEVFS_SETINTERFACE:
	case USBDEVFS_RESET:
	case USBDEVFS_RESETEP:
		return 0;
	default:
		return ENOTTY;
	}
}

gboolean emulated_call(
	UMockdevIoctlBase *calls, UMockdevIoctlClient *client, emulated_device *device)
{
	gulong request = umockdev_ioctl_client_get_request(client);
	UMockdevIoctlData *argument = umockdev_ioctl_client_get_arg(client);
	int error;

	(void) calls;
	pthread_mutex_lock(&device->bus->lock);
	/* Of a device that is gone one may still fetch what has ended. */
	if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY)
		error = transfer_take_back(device, argument) ? 0 : device->is_gone ? ENODEV : EAGAIN;
	else if (request == USBDEVFS_DISCARDURB)
		error = transfer_discard(device, *(gulong *) argument->data);
	else
		error = device->is_gone ? ENODEV : answer(device, request, argument);
	pthread_mutex_unlock(&device->bus->lock);
	umockdev_ioctl_client_complete(client, error ? -1 : 0, error);
	return TRUE;
}
