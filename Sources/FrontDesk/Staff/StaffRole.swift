/// What a person does here, as `staff_role` rows grant it.
public enum StaffRole: String, Sendable, CaseIterable {
    case desk, kennel, vet, manager, admin

    /// Rights of everyday work belong to all who may sign in; those that can hurt to few.
    public func allows(_ right: StaffRight) -> Bool {
        switch right {
        case .checkIn: self != .kennel
        case .editRecords, .print: true
        case .approveRules: self == .manager || self == .admin
        case .manageStaff, .enrolDesks: self == .admin || self == .manager
        case .admitBoxes, .grantRoles: self == .admin
        }
    }
}

/// What a route of the API asks for.
public enum StaffRight: Sendable, CaseIterable {
    case checkIn
    case editRecords
    case print
    /// To let in whom the rules refuse, to go over a limit.
    case approveRules
    case manageStaff
    /// To say what somebody may do who works here already.
    case grantRoles
    /// To let a workstation sign people in.
    case enrolDesks
    /// To hand the whole business to another box.
    case admitBoxes
}
