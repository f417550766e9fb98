/// A length on paper.
public typealias Millimetres = Double

/// What a tag shows, before any printer is chosen: text, codes and rules at places in millimetres.
///
/// The page is described as a person reads it: x runs to the right, y runs down, the origin is the
/// upper left corner. How it lies on the strip is `feed`.
public struct TagDocument: Sendable, Hashable {
    /// How the page lies on the paper that leaves the printer.
    public enum Feed: Sendable, Hashable {
        /// The page leaves with its upper edge first: its width lies across the head.
        case upright
        /// The page leaves with its left edge first, as on a collar: its height is across the head.
        case sideways
    }

    public let width: Millimetres
    public let height: Millimetres
    public let feed: Feed
    public let elements: [Element]

    public enum Element: Sendable, Hashable {
        case text(TextLine)
        case paragraph(Paragraph)
        case code(QRCode)
        case rule(Rule)
    }

    public init(width: Millimetres, height: Millimetres, feed: Feed, elements: [Element]) {
        self.width = width
        self.height = height
        self.feed = feed
        self.elements = elements
    }
}

/// A place on the page.
public struct Frame: Sendable, Hashable {
    public let x: Millimetres
    public let y: Millimetres
    public let width: Millimetres
    public let height: Millimetres

    public init(x: Millimetres, y: Millimetres, width: Millimetres, height: Millimetres) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// One line of text. It is as high as its frame where it fits; else it shrinks to `least`, and what
/// then still does not fit is cut and ends in three dots.
public struct TextLine: Sendable, Hashable {
    public enum Alignment: Sendable, Hashable { case leading, centred, trailing }

    public let text: String
    /// The height is that of the line, from the top of a capital to below the descenders.
    public let frame: Frame
    /// The smallest height at which the line may still be set.
    public let least: Millimetres
    public let alignment: Alignment
    /// White where it lies on black.
    public let isReversed: Bool

    public init(
        _ text: String, in frame: Frame, least: Millimetres, alignment: Alignment = .leading,
        isReversed: Bool = false
    ) {
        self.text = text
        self.frame = frame
        self.least = least
        self.alignment = alignment
        self.isReversed = isReversed
    }
}

/// Text of several lines. It begins a line at each line end of its own and wraps between words, and
/// within a word that is wider than the frame. What does not fit is set smaller, down to `least`;
/// what then still does not fit is left out, and the last line ends in three dots.
public struct Paragraph: Sendable, Hashable {
    public let text: String
    public let frame: Frame
    /// The height of a line as it should be, from the top of a capital to below the descenders. The
    /// next line begins a sixth of it below.
    public let lineHeight: Millimetres
    /// The smallest height at which a line may still be set.
    public let least: Millimetres
    /// Where each line begins. Centred lines also stand in the middle between the frame's top and
    /// its end; all others begin at its top.
    public let alignment: TextLine.Alignment
    /// White where it lies on black.
    public let isReversed: Bool

    public init(
        _ text: String, in frame: Frame, lineHeight: Millimetres, least: Millimetres,
        alignment: TextLine.Alignment = .leading, isReversed: Bool = false
    ) {
        self.text = text
        self.frame = frame
        self.lineHeight = lineHeight
        self.least = least
        self.alignment = alignment
        self.isReversed = isReversed
    }
}

/// A QR code, drawn as large as whole dots per module allow, in the middle of its frame. The frame
/// includes the quiet zone.
public struct QRCode: Sendable, Hashable {
    /// Printable ASCII only. What belongs to QR's alphanumeric set makes a smaller symbol.
    public let payload: String
    public let frame: Frame
    public let correction: QRSymbol.Correction

    public init(_ payload: String, in frame: Frame, correction: QRSymbol.Correction) {
        self.payload = payload
        self.frame = frame
        self.correction = correction
    }
}

/// A black box; a line is a thin one.
public struct Rule: Sendable, Hashable {
    public let frame: Frame
    /// The line's weight; nil fills the box.
    public let weight: Millimetres?

    public init(_ frame: Frame, weight: Millimetres? = nil) {
        self.frame = frame
        self.weight = weight
    }
}
