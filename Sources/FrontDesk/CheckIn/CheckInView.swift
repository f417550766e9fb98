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

        public init(
            id: RowID, party: RowID?, homeSite: RowID, homeSiteName: String, status: String,
            from: LocalDate?, to: LocalDate?
        ) {
            self.id = id
            self.party = party
            self.homeSite = homeSite
            self.homeSiteName = homeSiteName
            self.status = status
            self.from = from
            self.to = to
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
    }

    public struct Animal: Sendable, Hashable {
        public let id: RowID
        public let name: String?
        public let breed: String?
        public let sex: String?
        public let isDeceased: Bool

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
    /// The animals that are known here, of those the items name.
    public let animals: [Animal]
    public let owner: Owner?
    public let resource: Resource?
    public let openStays: [OpenStay]
    public let siteName: String

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

    public init(
        site: RowID, staff: RowID?, animals: [RowID]? = nil, today: LocalDate,
        wallMilliseconds: Int64,
        handedBy: String? = nil, key: String, labels: [LabelWish] = []
    ) {
        self.site = site
        self.staff = staff
        self.animals = animals
        self.today = today
        self.wallMilliseconds = wallMilliseconds
        self.handedBy = handedBy
        self.key = key
        self.labels = labels
    }
}

/// A label that a check-in prints for every animal.
public struct LabelWish: Sendable, Hashable {
    public let template: String
    public let version: Int
    /// Which printer of the site, by its role.
    public let role: String
    public let copies: Int
    /// The box that prints: the device id's 16 bytes.
    public let box: [UInt8]

    public init(template: String, version: Int, role: String, copies: Int = 1, box: [UInt8]) {
        self.template = template
        self.version = version
        self.role = role
        self.copies = copies
        self.box = box
    }

    public init(_ template: LabelTemplate, copies: Int = 1, box: [UInt8]) {
        self.init(
            template: template.name, version: template.version, role: template.role,
            copies: copies, box: box)
    }
}
