/// Writes a tag in ZPL II, the language of Zebra's label printers (`ZPL.md`).
public enum ZPL {
    /// What the encoder must know of a printer; the device profile says it.
    public struct Printer: Sendable, Hashable {
        /// 6, 8, 12 or 24 dots per millimetre: 152, 203, 300 or 600 dpi.
        public let dotsPerMillimetre: Int
        /// What the head can reach, in dots.
        public let headDots: Int
        public let repertoire: Repertoire

        public init(
            dotsPerMillimetre: Int = 8, headDots: Int, repertoire: Repertoire = .latin1
        ) {
            self.dotsPerMillimetre = dotsPerMillimetre
            self.headDots = headDots
            self.repertoire = repertoire
        }
    }

    /// The characters that a printer's own font can set.
    public enum Repertoire: String, Sendable, CaseIterable { case ascii, latin1 }

    /// Something on the paper that is not as it was asked for.
    public struct Finding: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// Smaller than asked for.
            case shrunk
            /// Ends in three dots.
            case cut
            /// Characters that neither the printer's font nor a drawing has were replaced.
            case replaced
        }

        /// The index in the document's elements.
        public let element: Int
        public let kind: Kind

        /// For a person at the desk.
        public var sentence: String {
            switch kind {
            case .shrunk: "a line was set smaller to fit"
            case .cut: "a line was too long and ends in three dots"
            case .replaced: "some letters cannot be set and show as ?"
            }
        }
    }

    /// What goes to the printer, and what the paper will not show as asked.
    public struct Label: Sendable, Hashable {
        public let bytes: [UInt8]
        public let findings: [Finding]
    }

    /// Why a document cannot be written at all.
    public enum Problem: Error, Sendable, Hashable {
        /// The page is wider than the head reaches.
        case pageTooWide(dots: Int, headDots: Int)
        case pageTooLong(dots: Int)
        case emptyPage
        case tooManyElements(Int)
        /// Empty, too long, or other than printable ASCII.
        case unusablePayload(element: Int)
        /// The frame leaves less than the least module that readers manage.
        case codeTooSmall(element: Int)
        /// An element lies, wholly or in part, off the page.
        case offThePage(element: Int)
        case copiesOutOfRange(Int)
    }

    /// Longest page: what `^LL` takes.
    static let pageDotsMax = 32_000
    /// More than any template has; bounds the bytes of a label.
    static let elementsMax = 128
    /// Characters of a line that are looked at; far more than fit on any paper.
    static let textCharactersMax = 512
    /// A paper cost that no desk asks for in one job by intent.
    static let copiesMax = 100
    /// Below three dots a module, readers begin to fail on curved or worn tags.
    static let moduleDotsMin = 3
    /// What `^BQ` takes.
    static let moduleDotsMax = 10

    /// - Parameters:
    ///   - copies: 1 to 100.
    ///   - raster: draws the lines that the printer's own font cannot set; nil draws none.
    public static func encode(
        _ document: TagDocument, copies: Int = 1, for printer: Printer,
        raster: (any TextRaster)? = nil
    ) throws(Problem) -> Label {
        guard (1...copiesMax).contains(copies) else { throw .copiesOutOfRange(copies) }
        guard document.elements.count <= elementsMax else {
            throw .tooManyElements(document.elements.count)
        }
        let page = try ZPLPage(document, printer, raster)
        var commands: [ZPLCommand] = [
            .startFormat, .utf8, .plainPage, .printWidth(page.acrossDots),
            .labelLength(page.alongDots),
        ]
        var findings: [Finding] = []
        for (index, element) in document.elements.enumerated() {
            let placed = try page.place(element, at: index)
            commands += placed.commands
            findings += placed.findings.map { Finding(element: index, kind: $0) }
        }
        commands += [.quantity(copies), .endFormat]
        var bytes: [UInt8] = []
        for command in commands { command.write(to: &bytes) }
        return Label(bytes: bytes, findings: findings)
    }
}
