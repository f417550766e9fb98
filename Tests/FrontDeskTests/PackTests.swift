import CRDT
import FrontDesk
import Testing

@Suite struct PackTests {
    @Test func `the shipped packs make a schema and have no problem`() throws {
        let schema = try Packs.schema()
        #expect(schema.version == 6)
        #expect(schema.collections.count == 32)
        #expect(try Packs.problems(Packs.shipped()) == [])
    }

    @Test func `the order of packs does not matter`() throws {
        let packs = try Packs.shipped()
        #expect(
            try Pack.schema(of: packs).collections
                == Pack.schema(of: packs.reversed()).collections)
    }

    @Test(arguments: [
        ("party", "family", MergeCode.lastWriterListed), ("booking", "status", .rank),
        ("booking", "from_date", .owned), ("animal", "neutered", .maximum),
        ("animal", "deceased_on", .minimum), ("party", "tags", .addWinsSet),
        ("resource", "max_animals", .minimum), ("party_contact", "preferred", .lastWriter),
        ("stay_event", "kind", .createOnly), ("staff", "active", .minimum),
    ])
    func `fields merge as the domain asks`(
        collection: String, field: String, code: MergeCode
    ) throws {
        let found = try Packs.schema().collection(named: collection)?.field(named: field)
        #expect(found?.merge == code)
    }

    @Test func `people's words are personal and animals' are not`() throws {
        let schema = try Packs.schema()
        let personal = schema.collections.flatMap { collection in
            collection.fields.filter(\.isPersonal).map { "\(collection.name).\($0.name)" }
        }
        #expect(
            Set(personal) == [
                "staff.name", "staff.display", "staff.phone", "staff.email", "staff.licence_no",
                "party.given", "party.family", "party.display", "party.name_script",
                "party.tax_id", "party.birthday", "party.referral_source", "party.tags",
                "party.photo", "party_contact.value", "party_contact.note",
                "booking.cancel_reason", "booking.notes_for_staff", "stay_event.handed_by",
                "print_job.person_data",
            ])
    }

    @Test func `a check-in concurrent with a cancellation wins`() throws {
        let ranks = try Packs.schema().collection(named: "booking")?.field(named: "status")?.ranks
        #expect(ranks?["cancelled"] == 30)
        #expect(ranks?["checked_in"] == 40)
    }
}
