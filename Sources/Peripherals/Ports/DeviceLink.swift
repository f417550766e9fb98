/// An open way to one device. Nothing on it ends by time: whoever waits has a clock and cancels.
public protocol DeviceLink: Sendable {
    /// A write of at most so many bytes is taken whole or not at all.
    var packetBytes: Int { get }
    /// What one read asks for; 0 where the device never says anything.
    var readBytes: Int { get }

    /// Begins a transfer.
    ///
    /// `ended` is called once, in the order in which transfers end, so that an answer never comes
    /// before the end of the write that it answers. It must not block. One write and one read may
    /// be under way at a time, and a few requests; more are refused as `crowded`.
    func start(
        _ transfer: LinkTransfer, ended: @escaping @Sendable (LinkOutcome) -> Void
    ) -> LinkTicket

    /// Ends a transfer early. `ended` still says what became of it.
    func cancel(_ ticket: LinkTicket)

    /// The kernel's driver does not come back with the device; some printers lose what they hold
    /// when another driver asks them who they are.
    func keepDriverAway()

    /// Ends all transfers and gives the device back. Later transfers are refused as `closed`.
    func close()
}

extension DeviceLink {
    /// Most links lead to devices that no kernel knows.
    public func keepDriverAway() {}
}

/// Names a transfer that was begun.
public struct LinkTicket: Sendable, Hashable {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }
}

public enum LinkTransfer: Sendable, Hashable {
    /// All of these bytes, 1 to ``bytesMax``.
    case write([UInt8])
    /// What the device says next, at most so many bytes of it.
    case read(most: Int)
    /// A question or an order beside the stream; USB calls it a control transfer.
    case request(LinkRequest)

    /// Of one write or read.
    public static let bytesMax = 1 << 20
}

/// A control transfer (USB 2.0, 9.3).
public struct LinkRequest: Sendable, Hashable {
    /// `bmRequestType`; bit 7 set where the device answers with bytes.
    public let kind: UInt8
    public let code: UInt8
    public let value: UInt16
    public let index: UInt16
    /// Bytes for the device, at most 4,096.
    public let data: [UInt8]
    /// The most that the device may answer, at most 4,096 bytes.
    public let answerBytes: Int

    public init(
        kind: UInt8, code: UInt8, value: UInt16 = 0, index: UInt16 = 0, data: [UInt8] = [],
        answerBytes: Int = 0
    ) {
        self.kind = kind
        self.code = code
        self.value = value
        self.index = index
        self.data = data
        self.answerBytes = answerBytes
    }
}

/// What a read or a request brought; empty for a write of which all bytes were taken.
public typealias LinkOutcome = Result<[UInt8], LinkFault>

/// Why a transfer did not go through, and how far it came.
public struct LinkFault: Error, Sendable, Hashable {
    public enum Reason: Sendable, Hashable {
        /// The device is gone.
        case unplugged
        /// The device refused: a stalled endpoint, or a request that it does not know.
        case stalled
        case cancelled
        /// Another program holds the device.
        case busy
        /// This process may not open the device; the advice says what to do.
        case noAccess
        /// The device said more than there was room for.
        case overflow
        /// The link was closed here.
        case closed
        /// More is under way already than a link takes.
        case crowded
        /// The link has no such direction, or the size is out of bounds.
        case unsupported
        /// The bus's own word, for a person who looks for the cause.
        case failed(String)
    }

    /// How far `bytes` is to be believed.
    public enum Certainty: Sendable, Hashable {
        case exact
        /// The device may have got more: hosts count 0 bytes of a transfer that the cable ended.
        case atLeast
        /// Some hosts count all bytes of a cancelled transfer. 0 is true everywhere.
        case uncertain
    }

    public let reason: Reason
    /// Bytes of this transfer that crossed the cable, as the host counts them.
    public let bytes: Int
    public let certainty: Certainty
    /// A sentence that says what a person can do; nil where that is not known.
    public let advice: String?

    public init(
        _ reason: Reason, bytes: Int = 0, certainty: Certainty = .exact, advice: String? = nil
    ) {
        self.reason = reason
        self.bytes = bytes
        self.certainty = certainty
        self.advice = advice
    }
}
