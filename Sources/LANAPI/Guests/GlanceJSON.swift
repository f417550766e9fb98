internal import CRDT
internal import EdgeNode
internal import FrontDesk

// Glances as JSON. Absent values are null: every member is always there.
extension JSONWriter {
    mutating func member(_ name: String, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    mutating func member(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    mutating func member(_ name: String, _ number: Int64?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    mutating func party(_ party: PartyGlance?) {
        guard let party else { return null() }
        object { json in
            json.member("id", RowName.text(party.id))
            json.member("name", party.name)
            json.member("phone", party.phone)
        }
    }

    mutating func animal(_ animal: AnimalGlance?) {
        guard let animal else { return null() }
        object { $0.members(of: animal) }
    }

    private mutating func members(of animal: AnimalGlance) {
        self.animal(animal.id, animal.name, animal.species, animal.breed, animal.sex)
    }

    /// Who an animal is, as every list and sheet says it.
    mutating func animal(
        _ id: RowID, _ name: String?, _ species: String?, _ breed: String?, _ sex: String?
    ) {
        member("id", RowName.text(id))
        member("name", name)
        member("species", species)
        member("breed", breed)
        member("sex", sex)
    }

    mutating func booking(_ booking: BookingGlance?) {
        guard let booking else { return null() }
        object { json in
            json.member("id", RowName.text(booking.id))
            json.member("number", booking.number)
            json.member("kind", booking.kind)
            json.member("status", booking.status)
            json.member("from_date", booking.fromDate)
            json.member("from_time", booking.fromTime)
            json.member("to_date", booking.toDate)
            json.member("to_time", booking.toTime)
            json.member("notes", booking.notes)
        }
    }

    mutating func stay(_ stay: StayGlance?) {
        guard let stay else { return null() }
        object { json in
            json.member("id", RowName.text(stay.id))
            json.member("site", stay.site)
            json.member("run", stay.run)
            json.member("since", stay.since)
        }
    }

    mutating func arriving(_ arriving: ArrivingAnimal) {
        object { json in
            json.members(of: arriving.glance)
            json.alerts(arriving.alerts, arriving.allergies, arriving.gaps)
            json.key("stay")
            json.stay(arriving.stay)
        }
    }

    /// The gravest first, as the desk reads them.
    mutating func alerts(
        _ alerts: [AnimalAlert], _ allergies: [Allergy], _ gaps: [VaccinationGap]
    ) {
        key("alerts")
        array { json in
            for alert in alerts {
                json.object { json in
                    json.member("kind", alert.kind)
                    json.member("severity", alert.severity)
                    json.member("text", alert.text)
                }
            }
        }
        key("allergies")
        array { json in
            for allergy in allergies {
                json.object { json in
                    json.member("substance", allergy.substance)
                    json.member("severity", allergy.severity)
                }
            }
        }
        key("gaps")
        array { json in
            for gap in gaps {
                json.object { json in
                    json.member("vaccine", gap.vaccine)
                    json.member("expired", gap.expired?.isoText)
                    json.key("has_expired")
                    json.value(gap.hasExpired)
                    json.member("level", gap.level == .block ? "block" : "warn")
                    json.member("sentence", gap.sentence)
                    json.member("waived_by", gap.waiver?.initials)
                    json.member("waived_until", gap.waiver?.until.isoText)
                }
            }
        }
    }
}
