internal import FrontDesk

// The texts of the files.
extension SampleTenant {
    var ownersText: String {
        var text = "owner_id,given,family,display,language\n"
        for owner in owners {
            let display = "\(owner.given) \(owner.family)"
            text += Self.line([owner.id, owner.given, owner.family, display, owner.language])
        }
        return text
    }

    /// Everybody has a mobile phone, three of ten one at home, eight of ten an e-mail address.
    mutating func phonesText() -> String {
        var text = "contact_id,owner_id,kind,value,preferred\n"
        var number = 0
        func add(_ owner: Owner, _ kind: String, _ value: String, _ isPreferred: Bool) {
            number += 1
            text += Self.line([
                "C-\(Self.number(number, 6))", owner.id, kind, value, isPreferred ? "1" : "",
            ])
        }
        for (index, owner) in owners.enumerated() {
            add(owner, "mobile", phone(), true)
            if dice.below(10) < 3 { add(owner, "home", phone(), false) }
            if dice.below(10) < 8 { add(owner, "email", "owner\(index + 1)@example.org", false) }
        }
        return text
    }

    /// Numbers that the North American plan keeps for fiction.
    private mutating func phone() -> String {
        "+1 \(dice.element(of: [212, 718, 917, 646, 347])) 555 01\(Self.number(dice.below(100), 2))"
    }

    var animalsText: String {
        var text = "animal_id,owner_id,name,species,breed,sex,birth_date\n"
        for owner in owners {
            for dog in owner.dogs {
                let row = dogs[dog]
                let sex = ["F", "M"].contains(row.sex) ? row.sex : ""
                let year = row.birthYear.utf8.count == 4 ? row.birthYear : ""
                text += Self.line([
                    Self.animal(dog), owner.id, row.name, "dog", row.breed, sex, year,
                ])
            }
        }
        return text
    }

    /// One rabies record a dog: the days of its licence, moved by whole years so that the newest
    /// lie shortly before today. Who arrives today is mostly covered.
    func vaccinationsText(_ bookings: [Booking]) -> String {
        var text = "vaccination_id,animal_id,vaccine,given_on,expires_on,product,tag_no\n"
        var covered: [Int: LocalDate] = [:]
        for booking in bookings where booking.coveredUntil != nil {
            for dog in booking.dogs { covered[dog] = booking.coveredUntil }
        }
        // The register ends in March 2021.
        let years = today.year - 2021 - (today.month < 4 ? 1 : 0)
        for dog in dogs.indices {
            let id = Self.number(dog + 1, 6)
            var days = [dogs[dog].issued, dogs[dog].expires].map { Self.moved($0, years) }
            if let end = covered[dog] {
                days = ["\(end.year - 1)-\(end.isoText.dropFirst(5))", end.isoText].map {
                    Self.moved($0, 0)
                }
            }
            text += Self.line([
                "V-\(id)", Self.animal(dog), "rabies", days[0], days[1],
                "synthetic record for demonstration", "T\(id)",
            ])
        }
        return text
    }

    /// Dogs need rabies for their whole stay.
    static let rulesText =
        "species,vaccine,booking_kinds,grace_days,level\ndog,rabies,,0,block\n"

    /// What the desk must know of every seventh dog that is booked; never of the first family's,
    /// which shows a check-in without a question.
    func alertsText(_ bookings: [Booking]) -> String {
        var text = "alert_id,animal_id,kind,severity,text\n"
        let dogs = bookings.dropFirst().flatMap(\.dogs)
        for (index, dog) in dogs.enumerated() where index % 7 == 1 {
            let alert = Self.alerts[index / 7 % Self.alerts.count]
            text += Self.line([
                "W-\(Self.number(dog + 1, 6))", Self.animal(dog), alert.kind,
                "\(alert.severity)", alert.text,
            ])
        }
        return text
    }

    private static let alerts: [(kind: String, severity: Int, text: String)] = [
        ("escapes", 6, "Slips out of a collar: a harness and two doors."),
        ("bites", 8, "Bites when woken. Speak before you touch."),
        ("medical", 5, "Has had seizures: no stairs, and call the owner at once."),
        ("muzzle", 7, "Wears a muzzle at the vet and in the yard."),
        ("handling", 3, "Afraid of brooms and men with hats."),
    ]

    private static func moved(_ day: String, _ years: Int) -> String {
        guard let year = Int(day.prefix(4)), day.utf8.count == 10 else { return "" }
        let moved = "\(year + years)-\(day.dropFirst(5))"
        // Only the 29th of February has no namesake.
        return LocalDate(moved)?.isoText ?? "\(year + years)-02-28"
    }

    var runsText: String {
        var text = "code,site,kind,area,size,max_animals\n"
        for run in Self.runs {
            text += Self.line([run.code, site, "run", run.area, run.size, "\(run.animalsMax)"])
        }
        return text
    }

    func bookingsText(_ bookings: [Booking]) -> String {
        var text =
            "booking_id,site,owner_id,animal_ids,kind,service,from_date,to_date,status,run\n"
        for (index, booking) in bookings.enumerated() {
            text += Self.line([
                "B-\(Self.number(index + 1, 5))", site, owners[booking.owner].id,
                booking.dogs.map(Self.animal).joined(separator: ";"), "boarding", "Boarding",
                booking.from.isoText, booking.to.isoText, "confirmed", booking.run ?? "",
            ])
        }
        return text
    }

    static func line(_ fields: [String]) -> String { CSVLine.text(fields) }
}
