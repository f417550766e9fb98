public import EdgeNode

/// What the API needs to speak of printers and scanners.
public struct Hardware: Sendable {
    let printing: PrintService
    /// Nil on a box that looks after no device.
    let control: (any DeviceControl)?

    public init(printing: PrintService, control: (any DeviceControl)?) {
        self.printing = printing
        self.control = control
    }
}
