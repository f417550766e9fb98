public import Foundation
public import FrontDesk

/// `import.json` in a folder: which files to import, by which mappings, in which order.
public struct ImportManifest: Codable, Sendable {
    public struct File: Codable, Sendable {
        public let file: String
        /// The name of a shipped mapping, or a mapping file in the folder.
        public let mapping: String

        public init(file: String, mapping: String) {
            self.file = file
            self.mapping = mapping
        }
    }

    /// 1 for this form.
    public let format: Int
    public let files: [File]

    public init(files: [File]) {
        format = 1
        self.files = files
    }

    /// The manifest's name in its folder.
    public static let fileName = "import.json"
    private static let bytesMax = 1 << 20

    /// What is to be imported of a folder.
    ///
    /// - Throws: `NodeFault` with what is wrong.
    public static func items(in folder: URL) throws -> [ImportOrder.Item] {
        let url = folder.appendingPathComponent(fileName)
        guard let bytes = try DurableFile.read(url), bytes.count <= bytesMax else {
            throw NodeFault(
                .refused,
                """
                \(folder.path) has no \(fileName). It names the files and their order: \
                {"format": 1, "files": [{"file": "owners.csv", "mapping": "owners"}, …]}
                """)
        }
        let manifest: ImportManifest
        do {
            manifest = try JSONDecoder().decode(ImportManifest.self, from: Data(bytes))
        } catch {
            throw NodeFault(.refused, "\(url.path) cannot be used: \(FaultWords.of(error))")
        }
        guard manifest.format == 1 else {
            throw NodeFault(
                .refused, "\(url.path) has format \(manifest.format); this program knows 1")
        }
        return try manifest.files.map { file in
            guard !file.file.contains("/") else {
                throw NodeFault(.refused, "\(url.path) names a file outside of its folder")
            }
            let path = folder.appendingPathComponent(file.file).path
            return ImportOrder.Item(path: path, mapping: try mapping(file.mapping, in: folder))
        }
    }

    /// A mapping by the name of a shipped one or by its file.
    public static func mapping(_ name: String, in folder: URL) throws -> ImportMapping {
        if let shipped = ShippedMapping(rawValue: name) {
            return try FileImport.mapping(decoding: shipped.document)
        }
        let url = URL(fileURLWithPath: name, relativeTo: folder)
        guard let bytes = try DurableFile.read(url), bytes.count <= bytesMax else {
            let shipped = ShippedMapping.allCases.map(\.rawValue).joined(separator: ", ")
            throw NodeFault(
                .refused,
                "there is no mapping file \(url.path) and no shipped mapping of that name; "
                    + "shipped are \(shipped)")
        }
        return try FileImport.mapping(decoding: bytes)
    }

    /// The one shipped mapping whose columns a file has, where its columns tell.
    public static func recognized(_ path: String) throws -> ImportMapping? {
        let file = try ImportFile(path)
        let header = Set(try file.header())
        let fitting = try ShippedMapping.allCases.map {
            try FileImport.mapping(decoding: $0.document)
        }.filter { $0.columns.isSubset(of: header) }
        return fitting.max { $0.columns.count < $1.columns.count }
    }
}

extension ImportMapping {
    /// Every column that it asks for.
    var columns: Set<String> {
        var names: Set<String> = []
        for record in records {
            names.formUnion(record.key)
            if let when = record.when { names.insert(when) }
            for field in record.fields.values {
                names.formUnion(field.key ?? [])
                if let column = field.column { names.insert(column) }
                if let when = field.when { names.insert(when) }
            }
        }
        return names
    }
}
