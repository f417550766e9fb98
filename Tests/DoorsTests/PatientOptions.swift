import NIOCore
import PeerTransport

extension PeerTransportOptions {
    /// Ends no link of its own accord, however slow the machine is.
    static var patient: Self {
        var options = Self()
        options.pingInterval = .minutes(30)
        options.silenceMax = .hours(1)
        options.upgradeTimeout = .hours(1)
        options.closeTimeout = .minutes(1)
        return options
    }
}
