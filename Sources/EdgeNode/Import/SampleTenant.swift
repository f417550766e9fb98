internal import Foundation
public import FrontDesk

/// The reference tenant as files: dogs of a public register of licences, and owners, contacts,
/// vaccinations, alerts, runs and bookings made up around them, and the rule that dogs come
/// vaccinated. The same seed, day and register give the
/// same bytes. Nobody in it lives: phones are 555-01xx, e-mail addresses lie under example.org,
/// and a vaccination says that it is synthetic.
public struct SampleTenant: Sendable {
    public struct File: Sendable {
        public let name: String
        public let text: String
    }

    /// Owners with one, two, three and four dogs: 11,826 owners of 18,469 dogs.
    public static let ownersByDogs = [6_983, 3_343, 1_200, 300]

    struct Dog {
        var name: String
        let sex: String
        let birthYear: String
        let breed: String
        let issued: String
        let expires: String
    }

    struct Owner {
        let id: String
        let given: String
        let family: String
        let language: String
        /// Their places in `dogs`.
        let dogs: Range<Int>
    }

    var dice: SampleDice
    let today: LocalDate
    let site: String
    var dogs: [Dog]
    private(set) var owners: [Owner] = []

    /// - Parameters:
    ///   - register: the path of the licences.
    ///   - today: the day of the first arrivals.
    ///   - site: the name of the site that owns runs and bookings.
    ///   - share: how much of the tenant to make, in percent; 100 is all of it.
    /// - Throws: `NodeFault` where the register cannot be read or has too few dogs.
    public init(
        seed: UInt64, register path: String, today: LocalDate, site: String, share: Int = 100
    ) throws {
        dice = SampleDice(seed: seed)
        self.today = today
        self.site = site
        let counts = Self.ownersByDogs.map { $0 * min(100, max(1, share)) / 100 }
        let wanted = counts.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
        dogs = try Self.dogs(path, wanted)
        guard dogs.count == wanted else {
            throw NodeFault(
                .refused, "\(path) has \(dogs.count) different dogs; \(wanted) are needed")
        }
        makeOwners(counts)
        renameSome()
    }

    /// All files of the tenant, and the manifest that names them in order.
    public mutating func files() throws -> [File] {
        let names = [
            "owners", "phones", "animals", "vaccine-rules", "vaccinations", "alerts", "runs",
            "bookings",
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let manifest = ImportManifest(
            files: names.map { ImportManifest.File(file: "\($0).csv", mapping: $0) })
        let bookings = makeBookings()
        return [
            File(name: "owners.csv", text: ownersText),
            File(name: "phones.csv", text: phonesText()),
            File(name: "animals.csv", text: animalsText),
            File(name: "vaccine-rules.csv", text: Self.rulesText),
            File(name: "vaccinations.csv", text: vaccinationsText(bookings)),
            File(name: "alerts.csv", text: alertsText(bookings)),
            File(name: "runs.csv", text: runsText),
            File(name: "bookings.csv", text: bookingsText(bookings)),
            File(
                name: ImportManifest.fileName,
                text: String(decoding: try encoder.encode(manifest), as: UTF8.self) + "\n"),
        ]
    }

    /// The first different dogs of the register, each with the dates of its first licence.
    private static func dogs(_ path: String, _ wanted: Int) throws -> [Dog] {
        let file = try ImportFile(path)
        let header = try file.header()
        let columns = try [
            "animal_name", "animal_gender", "animal_birth_year", "breed_rc", "zip_code",
            "license_issued_date", "license_expired_date",
        ].map { name in
            guard let place = header.firstIndex(of: name) else {
                throw NodeFault(.refused, "\(path) has no column \(name)")
            }
            return place
        }
        var seen: Set<[String]> = []
        var dogs: [Dog] = []
        while dogs.count < wanted, let result = try file.next() {
            guard case .success(let record) = result, record.fields.count == header.count else {
                continue
            }
            let fields = columns.map { record.fields[$0] }
            guard seen.insert(Array(fields[..<5])).inserted else { continue }
            dogs.append(
                Dog(
                    name: fields[0], sex: fields[1], birthYear: fields[2], breed: fields[3],
                    issued: fields[5], expires: fields[6]))
        }
        return dogs
    }

    private mutating func makeOwners(_ counts: [Int]) {
        var sizes = counts.enumerated().flatMap { index, count in
            repeatElement(index + 1, count: count)
        }
        dice.shuffle(&sizes)
        var first = 0
        for (index, size) in sizes.enumerated() {
            let name = SampleNames.owner(&dice)
            owners.append(
                Owner(
                    id: "O-\(Self.number(index + 1, 6))", given: name.given, family: name.family,
                    language: name.language, dogs: first..<(first + size)))
            first += size
        }
    }

    /// The register's names are plain ASCII; one dog in 25 gets a name that is not, and one without
    /// a name a plain one: a demo's first guest is not called Unknown.
    private mutating func renameSome() {
        for index in dogs.indices {
            if dice.isOne(in: 25) {
                dogs[index].name = dice.element(of: SampleNames.dogs)
            } else if !SampleNames.isName(dogs[index].name) {
                dogs[index].name = SampleNames.plainDogs[index % SampleNames.plainDogs.count]
            }
        }
    }

    static func number(_ number: Int, _ digits: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    static func animal(_ dog: Int) -> String { "A-\(number(dog + 1, 6))" }
}

/// Numbers that follow from a seed (SplitMix64): the same on every machine and with every compiler.
struct SampleDice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 or more and below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    mutating func isOne(in count: Int) -> Bool { below(count) == 0 }

    mutating func element<Element>(of list: [Element]) -> Element { list[below(list.count)] }

    mutating func shuffle<Element>(_ list: inout [Element]) {
        for index in list.indices.dropFirst().reversed() { list.swapAt(index, below(index + 1)) }
    }
}
