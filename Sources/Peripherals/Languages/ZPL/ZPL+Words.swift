extension ZPL.Problem: CustomStringConvertible {
    /// Why the document cannot be printed, as the rest of a sentence; elements count from 1.
    public var description: String {
        switch self {
        case .pageTooWide(let dots, let head):
            "the label is \(dots) dots wide and the head reaches \(head)"
        case .pageTooLong(let dots):
            "the label is \(dots) dots long; \(ZPL.pageDotsMax) can be printed"
        case .emptyPage: "the label has no size"
        case .tooManyElements(let count):
            "the label has \(count) elements; \(ZPL.elementsMax) can be printed"
        case .unusablePayload(let element):
            "the code of element \(element + 1) is empty, too long or no plain text"
        case .codeTooSmall(let element):
            "the code of element \(element + 1) is too small for a scanner"
        case .offThePage(let element): "element \(element + 1) does not lie on the label"
        case .copiesOutOfRange(let copies):
            "\(copies) copies were asked for; 1 to \(ZPL.copiesMax) can be printed"
        }
    }
}

extension ZPLRefusal: CustomStringConvertible {
    public var description: String { sentence }
}
