// Routes for whoever runs the box: other boxes, and who works here.
extension APIOperation {
    static let operating: [RouteTable.Route: APIOperation] = [
        route("POST", "pairings"): APIOperation(
            summary: "Let one new box come, for 15 minutes", needsSession: true,
            body: "PairingWish", status: "201", answer: "Pairing"),
        route("GET", "pairings/current"): APIOperation(
            summary: "How the pairing stands, and the code that this box shows",
            needsSession: true, answer: "Pairing"),
        route("POST", "pairings/current:approve"): APIOperation(
            summary: "Say which code the other box shows; a wrong one ends the pairing",
            needsSession: true, body: "PairingCode", status: "202", answer: "Pairing"),
        route("POST", "pairings/current:decline"): APIOperation(
            summary: "Admit nobody", needsSession: true, answer: "Pairing"),
        route("POST", "staff:enrol"): APIOperation(
            summary: "Add a person who may sign in", needsSession: true, body: "StaffEnrolment",
            status: "201", answer: "StaffName"),
        route("POST", "staff:set-pin"): APIOperation(
            summary: "Give a person another PIN; those before end", needsSession: true,
            body: "StaffPIN", status: "204"),
        route("GET", "desks"): APIOperation(
            summary: "Workstations of the local network that are in, and that ask",
            needsSession: true, answer: "Desks"),
        route("GET", "desks/current"): APIOperation(
            summary: "How the desk that asks stands with this box", answer: "Desk"),
        route("POST", "desks:ask"): APIOperation(
            summary: "Ask to be let in; the answer's cookie is the key, the code is for the screen",
            body: "DeskName", status: "201", answer: "Desk"),
        route("POST", "desks:approve"): APIOperation(
            summary: "Let the desk in whose screen shows a code", needsSession: true,
            body: "DeskCode", status: "201", answer: "Desk"),
        route("DELETE", "desks/{id}"): APIOperation(
            summary: "Put a desk out", needsSession: true, status: "204"),
    ]
}
