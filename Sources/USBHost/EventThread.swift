internal import CLibUSB
internal import Glibc
internal import Peripherals
internal import Synchronization

/// The one thread that calls libusb. Everybody else leaves a deed, which runs there between two
/// rounds of events; so no handle and no transfer needs a lock.
final class EventThread: Sendable {
    typealias Deed = @Sendable (BusCore) -> Void

    private struct Queue {
        var deeds: [Deed] = []
        var isStopped = false
        var hasEnded = false
        var enders: [CheckedContinuation<Void, Never>] = []
    }

    // Sendable because the pointer never changes and the one call made with it from outside,
    // `libusb_interrupt_event_handler`, may come from any thread; it is made under the lock of a
    // queue whose thread has not ended.
    private struct Context: @unchecked Sendable { let raw: OpaquePointer }

    private let context: Context
    private let queue = Mutex(Queue())

    /// Deeds that may wait. Each link has a handful of transfers under way, so only a thread that
    /// is stuck in the kernel gets here.
    static let deedsMax = 4_096
    /// Rounds of events in a row that may fail before the bus counts as lost.
    private static let failuresMax = 1_000
    /// A transfer that the kernel never gives back does not keep the process from ending.
    private static let partingMax = Duration.seconds(2)

    /// - Parameter levels: called on the thread with the set of devices, first and after changes.
    /// - Throws: where libusb cannot be used on this machine at all.
    init(levels: @escaping @Sendable ([BusDevice]) -> Void) throws(LinkFault) {
        var raw: OpaquePointer?
        let code = libusb_init(&raw)
        guard code == 0, let raw else { throw LinkFault(libusb: code) }
        context = Context(raw: raw)
        let start = Unmanaged.passRetained(Start(thread: self, levels: levels))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
                start.thread.run(start.levels)
                return nil
            }, start.toOpaque())
        guard failure == 0 else {
            start.release()
            libusb_exit(raw)
            throw LinkFault(.failed("no thread for the bus"))
        }
        pthread_detach(thread)
    }

    private final class Start {
        let thread: EventThread
        let levels: @Sendable ([BusDevice]) -> Void

        init(thread: EventThread, levels: @escaping @Sendable ([BusDevice]) -> Void) {
            self.thread = thread
            self.levels = levels
        }
    }

    /// - Returns: false where the thread has been stopped or is stuck; the deed will not run then.
    func run(_ deed: @escaping Deed) -> Bool {
        queue.withLock { queue in
            guard !queue.isStopped, queue.deeds.count < Self.deedsMax else { return false }
            queue.deeds.append(deed)
            libusb_interrupt_event_handler(context.raw)
            return true
        }
    }

    /// Ends all transfers, gives all devices back and returns when the thread is done.
    func stop() async {
        await withCheckedContinuation { ender in
            let isOver = queue.withLock { queue in
                if queue.hasEnded { return true }
                queue.isStopped = true
                queue.enders.append(ender)
                libusb_interrupt_event_handler(context.raw)
                return false
            }
            if isOver { ender.resume() }
        }
    }

    private func run(_ levels: @escaping @Sendable ([BusDevice]) -> Void) {
        let core = BusCore(context.raw, levels: levels)
        core.watch()
        var failures = 0
        var stoppedAt: ContinuousClock.Instant?
        var isIdle = true
        while true {
            let (deeds, isStopped) = queue.withLock { queue in
                defer { queue.deeds = [] }
                return (queue.deeds, queue.isStopped)
            }
            for deed in deeds { deed(core) }
            core.tidy()
            if isStopped {
                core.closeAll()
                isIdle = core.isIdle
                let since = stoppedAt ?? .now
                stoppedAt = since
                if isIdle || since.duration(to: .now) > Self.partingMax { break }
            }
            // Once it is to stop, it looks at the time between two rounds.
            var pause = timeval(tv_sec: isStopped ? 0 : 3_600, tv_usec: isStopped ? 100_000 : 0)
            let code = libusb_handle_events_timeout_completed(context.raw, &pause, nil)
            failures = code < 0 && code != LIBUSB_ERROR_INTERRUPTED.rawValue ? failures + 1 : 0
            if failures > Self.failuresMax { break }
        }
        core.unwatch()
        let enders = queue.withLock { queue in
            queue.isStopped = true
            queue.hasEnded = true
            // After this nobody interrupts a context that is gone. One with transfers under way is
            // left as it is: its memory is the kernel's until the process ends.
            if isIdle { libusb_exit(context.raw) }
            return queue.enders
        }
        for ender in enders { ender.resume() }
    }
}
