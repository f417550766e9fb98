public import CRDT

/// What is known when an animal comes to the door, read in the turn in which it is decided.
public struct CheckInView: Sendable {
    public struct Booking: Sendable, Hashable {
        public let id: RowID
        public let party: RowID?
        public let homeSite: RowID
        public let homeSiteName: String
        public let status: String
        public let from: LocalDate?
        public let to: LocalDate?
        /// `boarding`, `grooming`, …; rules are for kinds of booking.
        public let kind: String?

        public init(
            id: RowID, party: RowID?, homeSite: RowID, homeSiteName: String, status: String,
            from: LocalDate?, to: LocalDate?, kind: String? = nil
        ) {
            self.id = id
            self.party = party
            self.homeSite = homeSite
            self.homeSiteName = homeSiteName
            self.status = status
            self.from = from
            self.to = to
            self.kind = kind
        }
    }

    public struct Item: Sendable, Hashable {
        public let id: RowID
        public let animals: [RowID]
        public let status: String

        public init(id: RowID, animals: [RowID], status: String) {
            self.id = id
            self.animals = animals
            self.status = status
        }

        /// Whether nobody comes for it any more: cancelled, never came, or done.
        public var isOver: Bool { Self.over.contains(status) }

        private static let over: Set<String> = ["cancelled", "no_show", "done"]
    }

    public struct Animal: Sendable, Hashable {
        public let id: RowID
        public let name: String?
        public let breed: String?
        public let sex: String?
        public let isDeceased: Bool
        public var species: String?
        public var vaccinations: [Vaccination] = []
        /// Waivers that nobody revoked.
        public var waivers: [VaccineWaiver] = []
        /// Alerts that nobody cleared.
        public var alerts: [AnimalAlert] = []
        /// Allergies that nobody refuted.
        public var allergies: [Allergy] = []
        public var carePlans: [CarePlan] = []

        public init(
            id: RowID, name: String?, breed: String? = nil, sex: String? = nil,
            isDeceased: Bool = false
        ) {
            self.id = id
            self.name = name
            self.breed = breed
            self.sex = sex
            self.isDeceased = isDeceased
        }
    }

    /// The run that the booking has, if any.
    public struct Resource: Sendable, Hashable {
        public let id: RowID
        public let code: String
        public let animalsMax: Int?
        /// Animals in it now.
        public let occupants: Int
        /// Codes of other runs of the site that have room, for a guest that this one has none for.
        public var free: [String] = []

        public init(id: RowID, code: String, animalsMax: Int? = nil, occupants: Int = 0) {
            self.id = id
            self.code = code
            self.animalsMax = animalsMax
            self.occupants = occupants
        }
    }

    /// A stay of one of the booking's animals that has not ended, at whatever site.
    public struct OpenStay: Sendable, Hashable {
        public let id: RowID
        public let animal: RowID
        public let siteName: String
        /// The key of the request that began it.
        public let requestKey: String?

        public init(id: RowID, animal: RowID, siteName: String, requestKey: String?) {
            self.id = id
            self.animal = animal
            self.siteName = siteName
            self.requestKey = requestKey
        }
    }

    public struct Owner: Sendable, Hashable {
        public let name: String?
        public let phone: String?

        public init(name: String?, phone: String?) {
            self.name = name
            self.phone = phone
        }
    }

    public let booking: Booking
    public let items: [Item]
    /// The animals that are known here, of those the items name, each once.
    public let animals: [Animal]
    public let owner: Owner?
    public let resource: Resource?
    public let openStays: [OpenStay]
    public let siteName: String
    public var sitePhone: String?
    /// What the business asks of its guests.
    public var rules: [VaccineRule] = []

    /// Who may come in on this booking, known here or not, each once: the animals of items that
    /// are not over.
    public var booked: [RowID] {
        items.filter { !$0.isOver }.flatMap(\.animals).reduce(into: []) { booked, animal in
            if !booked.contains(animal) { booked.append(animal) }
        }
    }

    public init(
        booking: Booking, items: [Item], animals: [Animal], owner: Owner? = nil,
        resource: Resource? = nil, openStays: [OpenStay] = [], siteName: String
    ) {
        self.booking = booking
        self.items = items
        self.animals = animals
        self.owner = owner
        self.resource = resource
        self.openStays = openStays
        self.siteName = siteName
    }
}
