internal import CRDT
public import FrontDesk
internal import ReplicaStorage

// The desk's two lists: who comes, and who is here.
extension Desk {
    /// The day on this box's calendar; nil while its clock shows no day of this era.
    public var today: LocalDate? { Self.day(node.environment.wallMilliseconds()) }

    /// Bookings of this site that begin on a day, in this box's own order.
    ///
    /// - Parameters:
    ///   - key: `next` of the page before; 0 for the first.
    ///   - limit: 1 to 200.
    public func arrivals(
        on day: LocalDate, after key: Int64 = 0, limit: Int
    ) throws -> GlancePage<Arrival> {
        try page(
            of: "booking",
            [
                .equals(field: "from_date", .text(day.isoText)),
                .equals(field: "home_site", .reference(node.site)),
            ], after: key, limit
        ) { reading, row throws(StorageError) in try reading.arrival(row, at: node.site) }
    }

    /// Animals that are in house at this site, all of them: a guest whose records another site
    /// deleted stands in its run nonetheless.
    public func lodgers(after key: Int64 = 0, limit: Int) throws -> GlancePage<Lodger> {
        try page(
            of: "stay",
            [
                .equals(field: "site", .reference(node.site)),
                .equals(field: "status", .text("in_house")),
            ], after: key, limit
        ) { reading, row throws(StorageError) in
            let booking = try reading.booking(row.reference("booking"))
            return Lodger(
                stay: try reading.glance(stay: row),
                animal: try reading.lodging(row, for: booking, at: node.site),
                owner: try reading.party(try reading.named.party(of: row)), booking: booking,
                trouble: try reading.trouble(of: row))
        }
    }

    private func page<Item: Sendable>(
        of name: String, _ filters: [Filter], after key: Int64, _ limit: Int,
        _ item: (GuestReading, NamedRow) throws(StorageError) -> Item
    ) throws -> GlancePage<Item> {
        let schema = packs.schema
        guard let collection = schema.collection(named: name), let today else {
            throw NodeFault(.stopped, "the packs have no \(name), or the clock shows no day")
        }
        return try node.read { reader throws(StorageError) in
            let named = NamedReader(reader: reader, schema: schema)
            let reading = try GuestReading(named, today: today)
            var batches = BatchVisibility(reader, schema)
            let rows = try reader.records(
                collection, matching: filters, after: key, limit: limit + 1)
            var items: [Item] = []
            for row in rows.prefix(limit) where try batches.isVisible(row.values, of: collection) {
                items.append(try item(reading, NamedRow(row, collection)))
            }
            return GlancePage(
                items: items, next: rows.count > limit ? rows[limit - 1].key : nil,
                generation: try reader.generation())
        }
    }
}
