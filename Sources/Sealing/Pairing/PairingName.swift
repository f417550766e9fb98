/// What a site may be called, so that it can be shown at the other box to whoever decides.
package enum PairingName {
    /// Why a name cannot be shown there, as what follows “the name”; nil for one that can.
    package static func fault(in name: String) -> String? {
        if name.utf8.count > PairingLimits.nameBytesMax {
            return "takes more than \(PairingLimits.nameBytesMax) bytes; choose a shorter one"
        }
        if !name.unicodeScalars.allSatisfy(isShown) {
            return """
                has a character that no screen shows safely: a control, a line break, a change of \
                direction or one that does not exist
                """
        }
        return nil
    }

    /// Whether a scalar may stand in a name that a terminal or a page shows to whoever decides:
    /// nothing that moves the cursor, breaks the line or turns the direction round.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: return false
        default: return true
        }
    }
}
