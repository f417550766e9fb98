public import CRDT

/// What staff ask for at the door.
public struct CheckInRequest: Sendable {
    public let site: RowID
    /// Who asks.
    public let staff: RowID?
    /// Nil for all of the booking.
    public let animals: [RowID]?
    public let today: LocalDate
    /// Milliseconds since 1970.
    public let wallMilliseconds: Int64
    /// Who brought the animals, if it was not the customer.
    public let handedBy: String?
    /// The same key is the same wish, however often it arrives.
    public let key: String
    public let labels: [LabelWish]
    /// A manager's word for what the rules refuse.
    public let approval: Approval?

    public init(
        site: RowID, staff: RowID?, animals: [RowID]? = nil, today: LocalDate,
        wallMilliseconds: Int64,
        handedBy: String? = nil, key: String, labels: [LabelWish] = [], approval: Approval? = nil
    ) {
        self.site = site
        self.staff = staff
        self.animals = animals
        self.today = today
        self.wallMilliseconds = wallMilliseconds
        self.handedBy = handedBy
        self.key = key
        self.labels = labels
        self.approval = approval
    }
}

/// Who takes it upon themselves that a rule is not kept. That they may, and that it was they, is
/// known before.
public struct Approval: Sendable, Hashable {
    public let approver: RowID
    /// For the card on the run's door.
    public let initials: String
    public let reason: String
    /// The last day for which it holds.
    public let until: LocalDate

    public init(approver: RowID, initials: String, reason: String, until: LocalDate) {
        self.approver = approver
        self.initials = initials
        self.reason = reason
        self.until = until
    }
}

/// A label that a check-in prints for every animal.
public struct LabelWish: Sendable, Hashable {
    /// What words it is filled with.
    public enum Content: Sendable, Hashable { case collarTag, kennelCard }

    public let content: Content
    public let template: String
    public let version: Int
    /// Which printer of the site, by its role.
    public let role: String
    public let copies: Int
    /// The box that prints: the device id's 16 bytes.
    public let box: [UInt8]

    public init(
        _ content: Content = .collarTag, template: String, version: Int, role: String,
        copies: Int = 1, box: [UInt8]
    ) {
        self.content = content
        self.template = template
        self.version = version
        self.role = role
        self.copies = copies
        self.box = box
    }

    /// A template for card printers is filled with the card's words, all others with the tag's.
    public init(_ template: LabelTemplate, copies: Int = 1, box: [UInt8]) {
        self.init(
            template.role == "card" ? .kennelCard : .collarTag, template: template.name,
            version: template.version, role: template.role,
            copies: copies, box: box)
    }
}
