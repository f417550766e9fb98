import CRDT
import EdgeNode
import Foundation
import FrontDesk

/// A morning's guests, as rows.
struct Morning {
    struct Booking {
        let id: RowID
        let animals: [RowID]
    }

    struct Guest {
        var name: String
        var breed: String
        var sex = "male"
        var rabiesUntil: String? = "2035-01-01"
        var alerts: [(kind: String, text: String, severity: Int64)] = []
        var allergies: [String] = []
    }

    private let site: RowID
    private let (from, to): (String, String)

    /// - Parameter site: where the guests stay.
    init(at site: RowID) {
        self.site = site
        (from, to) = (Self.day(0), Self.day(3))
    }

    func fill(_ rows: inout StagedRows) throws -> [String: Booking] {
        try rows.add(
            "vaccine_rule",
            [
                "species": .text("dog"), "vaccine": .text("rabies"),
                "grace_days": .integer(0), "level": .text("block"),
            ])
        try rows.add(
            "vaccine_rule",
            [
                "species": .text("dog"), "vaccine": .text("bordetella"),
                "grace_days": .integer(0), "level": .text("warn"),
            ])
        var bookings: [String: Booking] = [:]
        bookings["pair"] = try book(
            &rows, "N-0001", "08:00", "Nadia Haddad", "+961 3 123 456", "A03R",
            [
                Guest(name: "Rex", breed: "Labrador Retriever", allergies: ["chicken"]),
                Guest(name: "Bella", breed: "Beagle", sex: "female"),
            ])
        bookings["blocked"] = try book(
            &rows, "N-0002", "08:15", "Jonas Weber", "+49 (0)30 901820", "B11L",
            [
                Guest(
                    name: "Duke", breed: "German Shepherd", rabiesUntil: Self.day(1),
                    alerts: [("bites", "men in hats", 3)])
            ])
        bookings["markup"] = try book(
            &rows, "N-0003", "08:30", "<script>document.title='owned'</script> O’Neill",
            "+1 555 010 9999", "A04R",
            [Guest(name: "<img src=x onerror=\"document.title='owned'\">", breed: "<b>Pug</b>")])
        bookings["rtl"] = try book(
            &rows, "N-0004", "08:45", "ليلى حدّاد", "+961 70 555 010", "C01S",
            [Guest(name: "ברק", breed: "Canaan Dog")])
        for (number, guest) in Self.others.enumerated() {
            _ = try book(
                &rows, "N-\(1_000 + number)", guest.time, guest.owner, guest.phone, guest.run,
                [guest.animal])
        }
        return bookings
    }

    /// One of many bookings of two animals each.
    ///
    /// - Parameter word: stands in all its names.
    func pair(_ number: Int, named word: String, _ rows: inout StagedRows) throws -> Booking {
        try book(
            &rows, "N-\(2_000 + number)", "08:00", "\(word) Owner-\(number)",
            "+961 3 \(200_000 + number)", "D\(100 + number)",
            ["Ada", "Bo"].map { Guest(name: "\(word) \($0)-\(number)", breed: "Whippet") })
    }

    private func book(
        _ rows: inout StagedRows, _ number: String, _ time: String, _ owner: String,
        _ phone: String, _ run: String, _ guests: [Guest]
    ) throws -> Booking {
        let party = try rows.add("party", ["kind": .text("person"), "display": .text(owner)])
        try rows.add(
            "party_contact",
            [
                "party": .reference(party), "kind": .text("mobile"),
                "value": .text(phone),
            ])
        let animals = try guests.map { try take($0, owner: party, &rows) }
        let booking = try rows.add(
            "booking",
            [
                "number": .text(number), "party": .reference(party), "kind": .text("boarding"),
                "home_site": .reference(site), "from_date": .text(from), "to_date": .text(to),
                "from_time": .text(time), "status": .text("confirmed"), "source": .text("desk"),
            ])
        let item = try rows.add(
            "booking_item",
            [
                "booking": .reference(booking), "service_name": .text("Boarding"),
                "status": .text("confirmed"), "home_site": .reference(site),
            ], set: ("animals", animals))
        let place = try rows.add(
            "resource",
            [
                "kind": .text("run"), "home_site": .reference(site), "code": .text(run),
                "active": .integer(1), "max_animals": .integer(2),
            ])
        try rows.add(
            "resource_claim",
            [
                "resource": .reference(place), "booking_item": .reference(item),
                "site": .reference(site), "from_date": .text(from), "to_date": .text(to),
                "state": .text("confirmed"), "fence": .integer(1),
            ])
        return Booking(id: booking, animals: animals)
    }

    private func take(
        _ guest: Guest, owner: RowID, _ rows: inout StagedRows
    ) throws -> RowID {
        let animal = try rows.add(
            "animal",
            [
                "name": .text(guest.name), "species": .text("dog"), "breed": .text(guest.breed),
                "sex": .text(guest.sex),
            ])
        try rows.add(
            "animal_owner",
            [
                "animal": .reference(animal), "party": .reference(owner),
                "is_primary": .integer(1),
            ])
        if let until = guest.rabiesUntil {
            try rows.add(
                "vaccination",
                [
                    "animal": .reference(animal), "vaccine": .text("rabies"),
                    "expires_on": .text(until),
                ])
        }
        if guest.name.count % 3 != 0 {
            try rows.add(
                "vaccination",
                [
                    "animal": .reference(animal), "vaccine": .text("bordetella"),
                    "expires_on": .text("2034-06-01"),
                ])
        }
        for alert in guest.alerts {
            try rows.add(
                "animal_alert",
                [
                    "animal": .reference(animal), "kind": .text(alert.kind),
                    "severity": .integer(alert.severity), "text": .text(alert.text),
                ])
        }
        for substance in guest.allergies {
            try rows.add(
                "allergy",
                [
                    "animal": .reference(animal), "substance": .text(substance),
                    "severity": .integer(2),
                ])
        }
        return animal
    }

    private static func day(_ offset: Int) -> String {
        let moment = Date(timeIntervalSinceNow: Double(offset) * 86_400)
        let parts = Calendar(identifier: .gregorian)
            .dateComponents([.year, .month, .day], from: moment)
        func two(_ number: Int?) -> String {
            let text = "\(number ?? 0)"
            return text.count < 2 ? "0" + text : text
        }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
    }

    /// Guests who make the lists as full as they are on a Saturday.
    private static let others:
        [(time: String, owner: String, phone: String, run: String, animal: Guest)] = [
            (
                "07:30", "Amelia Novák", "+420 602 555 101", "A01R",
                Guest(name: "Žofie", breed: "Border Collie", sex: "female")
            ),
            (
                "07:45", "Tom Kowalski", "+48 601 555 102", "A02R",
                Guest(
                    name: "Luna", breed: "Mixed", sex: "female",
                    alerts: [("escapes", "jumps 1.8 m", 2)])
            ),
            (
                "09:00", "Priya Raman", "+91 98765 55103", "B01L",
                Guest(name: "Cooper", breed: "Golden Retriever")
            ),
            (
                "09:00", "Chloé Lefèvre", "+33 6 55 51 04 00", "B02L",
                Guest(name: "Milo", breed: "French Bulldog", allergies: ["beef", "penicillin"])
            ),
            (
                "09:30", "Daniel Osei", "+233 24 555 105", "B03L",
                Guest(name: "Nala", breed: "Rhodesian Ridgeback", sex: "female")
            ),
            (
                "10:00", "Yuki Tanaka", "+81 90 5551 0600", "B04L",
                Guest(name: "Momo", breed: "Shiba Inu", sex: "female", rabiesUntil: nil)
            ),
            (
                "11:00", "María Fernanda Gutiérrez de la Vega", "+34 655 551 070", "C02S",
                Guest(name: "Don Quijote", breed: "Podenco")
            ),
        ]
}
