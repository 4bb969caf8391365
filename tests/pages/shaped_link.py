# A slow link between two network namespaces: every packet waits its turn at the rate of the link, then travels for the
# delay. For kernels without netem. Needs root. python3 shaped_link.py NEAR FAR DELAY_MS MBIT_PER_SECOND
# The namespaces exist already; they get 10.77.0.2 (near) and 10.77.0.1 (far). Prints "ready"; ends when stdin does.
import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
TUN_WITHOUT_HEADER = 0x1001
MTU_BYTES = 1400
QUEUE_SECONDS = 0.2  # a router's buffer: what would wait longer is dropped


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), TUN_WITHOUT_HEADER))
    return device


def place(name, namespace, own, other):
    """Moves a device into its namespace and gives it addresses; the other side is the way to everywhere."""
    subprocess.check_call(["ip", "link", "set", name, "netns", namespace])
    for line in (
        f"addr add {own} peer {other} dev {name}",
        f"link set {name} mtu {MTU_BYTES} up",
        "link set lo up",
        f"route add default via {other}",
    ):
        subprocess.check_call(["ip", "-n", namespace, *line.split()])


class Direction:
    """Packets from one device to the other."""

    def __init__(self, source, target, delay_seconds, bits_per_second):
        self.source, self.target = source, target
        self.delay_seconds, self.bits_per_second = delay_seconds, bits_per_second
        self.free_at = 0.0
        self.waiting = collections.deque()

    def take(self, now):
        while True:
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            start = max(now, self.free_at)
            if start - now > QUEUE_SECONDS:
                continue
            self.free_at = start + len(packet) * 8 / self.bits_per_second
            self.waiting.append((self.free_at + self.delay_seconds, packet))

    def give(self, now):
        while self.waiting and self.waiting[0][0] <= now:
            try:
                os.write(self.target, self.waiting.popleft()[1])
            except OSError:
                pass  # the device is going down


def main():
    near_name, far_name, delay_ms, megabits = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    near, far = open_tun("smr-near"), open_tun("smr-far")
    place("smr-near", near_name, "10.77.0.2", "10.77.0.1")
    place("smr-far", far_name, "10.77.0.1", "10.77.0.2")
    directions = [Direction(a, b, delay_ms / 1e3, megabits * 1e6) for a, b in ((near, far), (far, near))]
    print("ready", flush=True)
    while True:
        due = [one.waiting[0][0] for one in directions if one.waiting]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        readable, _, _ = select.select([near, far, sys.stdin], [], [], timeout)
        if sys.stdin in readable:
            return
        now = time.monotonic()
        for one in directions:
            if one.source in readable:
                one.take(now)
            one.give(time.monotonic())


main()
