public import CRDT
internal import Foundation
public import FrontDesk

/// The packs that this program brings along, decoded and judged.
public struct InstalledPacks: Sendable {
    public let schema: Schema
    public let templates: [LabelTemplate]
    /// Names of the collections that no door shows.
    public let hidden: Set<String>
    /// Who may write the records of a collection by name; absent where only commands do.
    public let writers: [String: Set<PackWriter>]
    /// What records may hold that are written by hand or from a file.
    public let rules: RecordRules

    /// - Throws: `NodeFault` with every sentence of what is wrong; only a bug of ours brings it.
    public static func shipped() throws -> InstalledPacks {
        do {
            let packs = try ShippedPack.allCases.map {
                try JSONDecoder().decode(Pack.self, from: Data($0.document))
            }
            return InstalledPacks(
                schema: try Pack.schema(of: packs), templates: packs.flatMap { $0.templates ?? [] },
                hidden: Set(
                    packs.flatMap(\.collections).filter { $0.hidden == true }.map(\.name)),
                writers: Dictionary(
                    uniqueKeysWithValues: packs.flatMap(\.collections)
                        .filter { $0.byCommand != true }.map { ($0.name, Set($0.writers)) }),
                rules: RecordRules(packs))
        } catch let problems as PackProblems {
            throw NodeFault(
                .stopped, "the packs are wrong: " + problems.sentences.joined(separator: " "))
        } catch {
            throw NodeFault(.stopped, "a pack cannot be read: \(FaultWords.of(error))")
        }
    }

    /// The newest version of a template, or exactly the one asked for.
    public func template(_ name: String, version: Int? = nil) -> LabelTemplate? {
        templates.filter { $0.name == name && (version == nil || $0.version == version) }
            .max { $0.version < $1.version }
    }
}
