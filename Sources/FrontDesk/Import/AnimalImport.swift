/// Folds the rows of a file into animals: rows that agree in every part of the key are one animal.
/// What is merely alike stays apart; a person decides about that.
public struct AnimalImport: Sendable {
    /// Which column holds what, by the header's names.
    public struct Mapping: Sendable, Hashable {
        public let name: String
        public let gender: String
        public let birthYear: String
        public let breed: String
        public let postCode: String
        public let species: String

        public init(
            name: String, gender: String, birthYear: String, breed: String, postCode: String,
            species: String
        ) {
            self.name = name
            self.gender = gender
            self.birthYear = birthYear
            self.breed = breed
            self.postCode = postCode
            self.species = species
        }

        /// New York City's register of dog licences.
        public static let dogLicences = Mapping(
            name: "animal_name", gender: "animal_gender", birthYear: "animal_birth_year",
            breed: "breed_rc", postCode: "zip_code", species: "dog")
    }

    /// All that makes two rows the same animal, byte for byte.
    public struct Key: Sendable, Hashable {
        public let name: String
        public let gender: String
        public let birthYear: String
        public let breed: String
        public let postCode: String
    }

    /// One animal and the rows that speak of it.
    public struct Animal: Sendable, Hashable {
        public let key: Key
        /// The record that named it first.
        public let firstRecord: Int
        public internal(set) var rows: Int

        /// Nil where the file says in some way that there is none.
        public var name: String? { AnimalImport.known(key.name) }
        public var breed: String? { AnimalImport.known(key.breed) }
        public var sex: String? {
            switch key.gender {
            case "F": "female"
            case "M": "male"
            default: nil
            }
        }
        /// Four digits.
        public var birthYear: String? {
            key.birthYear.utf8.count == 4
                && key.birthYear.utf8.allSatisfy { (0x30...0x39).contains($0) }
                ? key.birthYear : nil
        }
    }

    public enum Problem: Error, Sendable, Hashable {
        case noHeader
        /// The column that is wanted, and the header as it stands.
        case columnMissing(String, found: [String])

        /// What is wrong and what to do.
        public var sentence: String {
            switch self {
            case .noHeader: return "there is no header line with the names of the columns"
            case .columnMissing(let name, let found):
                let isSplit = found.count > 1 || !(found.first ?? "").contains(";")
                let hint =
                    isSplit ? "" : " The columns seem to be separated by semicolons; use commas."
                return """
                    the header names no column “\(name)”; it has \
                    \(found.joined(separator: ", ")).\
                    \(hint)
                    """
            }
        }
    }

    /// A row that could not be read, with its record number.
    public enum Skipped: Sendable, Hashable {
        case unreadable(CSVReader.Problem)
        case wrongWidth(record: Int, fields: Int, expected: Int)

        /// Which record, and what is wrong with it; the header is record 1.
        public var sentence: String {
            switch self {
            case .unreadable(let problem): problem.sentence
            case .wrongWidth(let record, let fields, let expected):
                "record \(record) has \(fields) fields, the header has \(expected)"
            }
        }
    }

    /// Rows of a file that are looked at; ten times the largest tenant we know.
    public static let rowsMax = 500_000
    /// Faulty rows that are kept for the person; the rest is counted.
    public static let skippedMax = 1_000

    public let mapping: Mapping
    /// In the order of their first rows.
    public private(set) var animals: [Animal] = []
    public private(set) var rowsRead = 0
    public private(set) var skipped: [Skipped] = []
    public private(set) var skippedRows = 0
    /// True if the file has more rows than `rowsMax`.
    public private(set) var isTruncated = false

    public var rowsFolded: Int { rowsRead - skippedRows - animals.count }

    /// Reads a whole file. Faulty rows are listed and the others taken.
    public init(_ bytes: [UInt8], by mapping: Mapping) throws(Problem) {
        self.mapping = mapping
        var reader = CSVReader(bytes)
        guard case .success(let header)? = reader.next() else { throw .noHeader }
        let columns = try Self.columns(of: mapping, in: header.fields)
        var places: [Key: Int] = [:]
        while let result = reader.next() {
            guard rowsRead < Self.rowsMax else {
                isTruncated = true
                return
            }
            rowsRead += 1
            switch result {
            case .failure(let problem): skip(.unreadable(problem))
            case .success(let record):
                guard record.fields.count == header.fields.count else {
                    skip(
                        .wrongWidth(
                            record: record.number, fields: record.fields.count,
                            expected: header.fields.count))
                    continue
                }
                fold(record, columns, &places)
            }
        }
    }

    private mutating func fold(
        _ record: CSVReader.Record, _ columns: [Int], _ places: inout [Key: Int]
    ) {
        let fields = record.fields
        let key = Key(
            name: fields[columns[0]], gender: fields[columns[1]], birthYear: fields[columns[2]],
            breed: fields[columns[3]], postCode: fields[columns[4]])
        if let place = places[key] {
            animals[place].rows += 1
        } else {
            places[key] = animals.count
            animals.append(Animal(key: key, firstRecord: record.number, rows: 1))
        }
    }

    private mutating func skip(_ reason: Skipped) {
        skippedRows += 1
        if skipped.count < Self.skippedMax { skipped.append(reason) }
    }

    private static func columns(
        of mapping: Mapping, in header: [String]
    ) throws(Problem) -> [Int] {
        var columns: [Int] = []
        for name in [
            mapping.name, mapping.gender, mapping.birthYear, mapping.breed, mapping.postCode,
        ] {
            guard let column = header.firstIndex(of: name) else {
                throw .columnMissing(name, found: header)
            }
            columns.append(column)
        }
        return columns
    }

    /// The ways in which people write that they do not know.
    private static let unknownWords: Set<String> = [
        "", "unknown", "name not provided", "none", "n/a",
    ]

    private static func known(_ text: String) -> String? {
        let trimmed = Substring(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        return unknownWords.contains(trimmed.lowercased()) ? nil : String(trimmed)
    }
}
