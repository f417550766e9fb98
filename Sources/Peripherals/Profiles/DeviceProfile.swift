/// What is known of one device model, as data with its source (`Profiles.md`).
public struct DeviceProfile: Sendable, Hashable {
    public let id: String
    public let kind: Kind
    public let title: String
    /// How the device is known; empty for a base that other profiles extend.
    public let match: [MatchRule]
    public let usb: USBTraits
    /// Label printers only.
    public let printer: LabelPrinterTraits?
    /// Scanners only; by mode.
    public let scan: ScanTraits?
    /// Where each fact comes from; the most specific path counts.
    public let provenance: [Provenance]

    public enum Kind: String, Sendable, CaseIterable {
        case labelPrinter = "label-printer"
        case scanner
    }

    /// All parts that it names must fit the device.
    public struct MatchRule: Sendable, Hashable {
        /// Patterns with `*` by key of the IEEE-1284 id, in its short form: MFG, MDL, CMD.
        public let ieee1284: [String: String]
        /// Patterns with `*` for the strings `manufacturer` and `product`.
        public let strings: [String: String]
        public let vendor: UInt16?
        /// Empty: any product of the vendor.
        public let products: [UInt16]
        /// 1 to 100; from ``ProfileShelf/automaticScore`` on it binds by itself.
        public let score: Int
        /// For scanners: the mode that this product number stands for.
        public let mode: ScanMode?
        /// How sure the source of this rule is.
        public let confidence: Confidence
    }

    /// How the cable is used. Endpoints are not here: they are read from descriptors.
    public struct USBTraits: Sendable, Hashable {
        /// Bytes of one transfer to the device.
        public let transferBytes: Int
        /// For people; every device is read all the time.
        public let readPolicy: ReadPolicy
        /// A transfer without progress for so long is given up.
        public let idleTimeout: Duration
        /// For people, except ``Quirk/noReattach``.
        public let quirks: Set<Quirk>
        /// For people: kernel drivers that hold it by default.
        public let detach: [String]

        public enum ReadPolicy: String, Sendable, CaseIterable {
            case continuous, onDemand, never
        }

        public enum Quirk: String, Sendable, CaseIterable {
            /// Claim at arrival and hold until departure.
            case holdInterface = "hold-interface"
            /// The kernel's driver does not come back when the device is let go.
            case noReattach = "no-reattach"
            case delayClose = "delay-close"
            case unidirectional = "unidir"
            case vendorClass = "vendor-class"
            case zeroLengthPacket = "zero-length-packet"
        }
    }

    public struct LabelPrinterTraits: Sendable, Hashable {
        public let zpl: ZPL.Printer
        public let talk: ZPLPrinterSettings
        /// How long to wait for a confirmation; nil if it cannot confirm.
        public let confirmsWithin: Duration?
    }

    public enum ScanMode: String, Sendable, CaseIterable {
        case keyboard = "hid-keyboard"
        case hidPOS = "hid-pos"
        case serial = "cdc-acm"
    }

    public struct ScanTraits: Sendable, Hashable {
        public let keyboard: KeyboardScanner.Settings?
        public let hidPOS: HIDPOSScanner.Settings?
        /// Usage pages on which its HID collection may lie: 0x8C or a vendor's.
        public let usagePages: [UInt16]
        /// It can play a serial port; how is the kernel class's business.
        public let hasSerialMode: Bool
    }

    /// A: a vendor's file, `usb.ids` or a descriptor seen. B: several independent reports. C: one
    /// report, from memory, or a proposal to be tuned; never enough to bind a device by itself.
    public enum Confidence: String, Sendable, CaseIterable {
        case a = "A"
        case b = "B"
        case c = "C"
    }

    public struct Provenance: Sendable, Hashable {
        public let path: ProfilePath
        public let source: String
        public let confidence: Confidence
        public let note: String?
    }
}
