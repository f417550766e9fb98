internal import CRDT
internal import ReplicaStorage

// Whom the house deals with, in the words that the page, the tag and the card share.
extension NamedReader {
    /// What a party is called, and the number to call it on; nil where it is not known here.
    func caller(
        _ party: RowID?
    ) throws(StorageError) -> (id: RowID, name: String?, phone: String?)? {
        guard let row = try row("party", party) else { return nil }
        let parts = [row.text("given"), row.text("family")].compactMap(\.self)
        let name = row.text("display") ?? (parts.isEmpty ? nil : parts.joined(separator: " "))
        return (row.id, name, try phone(of: row.id))
    }

    /// The preferred number, or the first one on which somebody answers.
    private func phone(of party: RowID) throws(StorageError) -> String? {
        let numbers = try rows("party_contact", where: "party", is: .reference(party))
            .filter { ["mobile", "home", "whatsapp"].contains($0.text("kind") ?? "") }
        return (numbers.first { $0.integer("preferred") == 1 } ?? numbers.first)?.text("value")
    }
}
