internal import FrontDesk

// Who comes today and in the next days, and into which run.
extension SampleTenant {
    struct Booking {
        let owner: Int
        let dogs: [Int]
        let from: LocalDate
        let to: LocalDate
        let run: String?
        /// Until when the dogs' vaccinations last, where the day of the demo asks for it.
        let coveredUntil: LocalDate?
    }

    struct Run {
        let code: String
        let area: String
        let size: String
        let animalsMax: Int
    }

    /// 60 runs for two, 30 for one, 10 for four.
    static let runs: [Run] =
        (1...60).map { Run(code: "A\(number($0, 2))R", area: "A", size: "medium", animalsMax: 2) }
        + (1...30).map { Run(code: "B\(number($0, 2))L", area: "B", size: "small", animalsMax: 1) }
        + (1...10).map {
            Run(code: "VIP-\(number($0, 2))", area: "VIP", size: "large", animalsMax: 4)
        }

    /// Today's families by the number of their dogs: 40 families with 57 dogs. The first is the one
    /// with two dogs that is booked into A03R.
    private static let todaysFamilies =
        [2] + [Int](repeating: 1, count: 27) + [Int](repeating: 2, count: 9) + [3, 3, 4]
    private static let daysAhead = 14
    private static let familiesADay = 12

    mutating func makeBookings() -> [Booking] {
        var bookings: [Booking] = []
        var taken: Set<Int> = []
        var claims: [String: [Range<LocalDate>]] = [:]
        // The run of the first booking; no other may have it before.
        let first = "A03R"
        for (index, size) in Self.todaysFamilies.enumerated() {
            // The demo shows the papers of the first two.
            guard let owner = family(of: size, isPlain: index < 2, &taken) else { continue }
            let nights = index == 0 ? 3 : 1 + dice.below(6)
            let days = today..<today.adding(days: nights)
            let run = index == 0 ? first : freeRun(for: size, days, claims)
            if let run { claims[run, default: []].append(days) }
            // The second family's record ends inside the stay; the last two have the register's.
            let covered: LocalDate? =
                switch index {
                case 1: today.adding(days: max(1, nights - 1))
                case 38...: nil
                default: today.adding(days: 60 + dice.below(300))
                }
            bookings.append(
                Booking(
                    owner: owner, dogs: Array(owners[owner].dogs), from: days.lowerBound,
                    to: days.upperBound, run: run, coveredUntil: covered))
        }
        for ahead in 1...Self.daysAhead {
            for _ in 0..<Self.familiesADay {
                let size = dice.element(of: [1, 1, 1, 2, 2, 3])
                guard let owner = family(of: size, &taken) else { continue }
                let from = today.adding(days: ahead)
                let days = from..<from.adding(days: 1 + dice.below(7))
                let run = freeRun(for: size, days, claims)
                if let run { claims[run, default: []].append(days) }
                bookings.append(
                    Booking(
                        owner: owner, dogs: Array(owners[owner].dogs), from: from,
                        to: days.upperBound, run: run,
                        coveredUntil: dice.below(10) < 9 ? from.adding(days: 120) : nil))
            }
        }
        return bookings
    }

    /// An owner with so many dogs who has no booking yet.
    ///
    /// - Parameter isPlain: asks for names in letters that every label printer has.
    private mutating func family(
        of size: Int, isPlain: Bool = false, _ taken: inout Set<Int>
    ) -> Int? {
        let start = dice.below(owners.count)
        for step in owners.indices {
            let place = (start + step) % owners.count
            guard owners[place].dogs.count == size, !isPlain || hasPlainNames(owners[place])
            else { continue }
            if taken.insert(place).inserted { return place }
        }
        return nil
    }

    private func hasPlainNames(_ owner: Owner) -> Bool {
        ([owner.given, owner.family] + owner.dogs.map { dogs[$0].name })
            .allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
    }

    /// The smallest run that is free on those days.
    private func freeRun(
        for dogs: Int, _ days: Range<LocalDate>, _ claims: [String: [Range<LocalDate>]]
    ) -> String? {
        let fitting = Self.runs.filter { run in
            run.animalsMax >= dogs && run.code != "A03R"
                && !(claims[run.code] ?? []).contains { $0.overlaps(days) }
        }
        return fitting.min { ($0.animalsMax, $0.code) < ($1.animalsMax, $1.code) }?.code
    }
}
