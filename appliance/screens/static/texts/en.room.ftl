## What teachers and IT see. A teacher reads this in a glance, between two sentences.

# Words of a seat

room-sight-observed = observed
room-sight-not-observed = not observed
room-sight-paused = paused
room-reason-nobody = nobody is logged in
room-reason-no-consent = no consent
room-reason-not-seen = nobody seen
room-reason-camera = camera fails
room-reason-starting = starting
room-reason-room-paused = room is paused
room-reason-seat-paused = seat is paused
room-reason-switch = cameras are closed
room-reason-no-lesson = no lesson
room-consent-given = consent given
room-consent-not-given = no consent yet
room-consent-on-file = consent on file
room-consent-withdrawn = consent withdrawn
room-terminal-online = screen is on
room-terminal-offline = screen is off
room-exam-here = exam
room-alert-here = alert
room-since = since { $time }
state-fatigued = tired

# Teacher: head

teacher-title = Classroom
room-close = Close
teacher-mode-paused = The room is paused: no camera looks.
teacher-mode-exam = Exam mode: nothing new appears on any screen and nothing locks; cameras and alerts go on as before, until you end it or for eight hours.
room-sign-out = Sign out
teacher-boxes-well =
    { $count ->
        [one] The box is well.
       *[other] All { $count } boxes are well.
    }
teacher-boxes-none = No box has reported yet.
teacher-box-init = { $box } is starting.
teacher-box-paused = { $box } has its cameras closed.
teacher-box-degraded = { $box } works, but not fully.
teacher-box-disconnected = { $box } is switched off.
teacher-box-lost = { $box } does not answer.
room-lost-stream = No connection to this server. You see the room as it was at { $time }.
room-lost-broker = The server has no connection to the box. You see the room as it was at { $time }.
room-lost-never = There is no connection yet. This page tries again by itself.

# Teacher: toolbar

teacher-tools = What you can do for the room
teacher-pause-room = Pause room
teacher-resume-room = Resume room
teacher-unlock-all = Unlock all
teacher-exam = Exam mode
teacher-exam-on = on
teacher-exam-off = off
teacher-chart = Chart

# Teacher: who is shown

teacher-show =
    .aria-label = Which seats are shown
teacher-show-all = All seats
teacher-show-observed = Observed
teacher-show-unobserved = Not observed
teacher-show-alert = With alert
teacher-seats = Seats
teacher-seats-none-shown = No seat to show here.
teacher-seats-waiting = Waiting for the first word of the box.
teacher-over-heading = No lesson now
teacher-over-text = Nothing is kept on this page. The seats appear when the next lesson begins.

# Teacher: alerts

teacher-alerts = Alerts
teacher-alerts-none = Nothing needs you now.
teacher-alert-new = Alert for { $seats }.
teacher-alert-highest = Please look in
teacher-alert-over = Over: the seat is paused
teacher-alert-evidence-minutes =
    { $state } for { $minutes ->
        [0] less than a minute
        [one] one minute
       *[other] { $minutes } minutes
    }
teacher-alert-share-all = all of the last half minute
teacher-alert-share-most = most of the last half minute
teacher-alert-share-half = about half of the last half minute
teacher-alert-share-some = some of the last half minute
teacher-alert-evidence = { $how }; { $share }
teacher-alert-verdict-useful = Useful
teacher-alert-verdict-wrong = Wrong
teacher-alert-verdict-not-now = Not now
teacher-alert-answer = Your answer to the alert for { $seats }
teacher-alert-said-useful = You said: useful
teacher-alert-said-wrong = You said: wrong
teacher-alert-said-not-now = You said: not now

# Teacher: one seat

teacher-seat-heading = Seat { $seat }
teacher-seat-camera = Camera
teacher-seat-consent = Consent
teacher-seat-screen = Screen
teacher-seat-state = State
teacher-seat-exam = Exam
teacher-seat-exam-on = on for this seat
teacher-seat-exam-off = off
teacher-seat-pause = Pause this seat
teacher-seat-resume = Resume this seat
teacher-seat-unlock = Unlock this screen
teacher-seat-exam-start = Start exam here
teacher-seat-exam-stop = End exam here
teacher-seat-test = Send a test message
teacher-seat-form = Consent on paper
teacher-seat-reference = Reference of the paper form
teacher-seat-reference-hint = Only what is written on the form, for example 2026-117. No name.
teacher-seat-give = Record consent
teacher-seat-withdraw = Record a no
teacher-seat-reference-missing = Please write the form’s reference first.

# What became of it

room-done = Done.
room-done-pause = Paused.
room-done-resume = Resumed.
room-done-unlock-all = No screen is locked any more.
room-done-consent = Recorded.
room-done-exam = Exam mode changed.
room-done-test-alert = Test message sent.
room-unattended-test-alert = Sent, but nobody is at this seat’s page. On its computer, enrol the browser with a code from “Screens”, press “Begin” there, and test again; whoever begins within 30 seconds still sees this one.
room-done-verdict = Thank you, noted.
room-done-sign-out = Its browsers are signed out. A code that was open for this screen is good no more; make a new one for who comes next.
room-done-aim = The box looks.
room-done-codes = Codes made.
room-done-aim-end = Ended.
room-done-copied = Copied.
room-refused = The box refused this.
room-failed = The box could not do this.
room-timeout = The box did not answer. Please try again.
room-unreachable = This server cannot be reached. Please try again.
room-signed-out = You are signed out. Please sign in again.
room-too-fast = That was too fast. Please wait a moment.

# What a box says in sentences of its own

box-said-room-exam = It is the whole room’s exam: end it for the room.
box-said-no-broker = There is no connection to the broker.
box-said-no-seat = No box has this seat.
box-said-stale = The request came too late. Please ask again.
box-said-paused-here = Paused, asked for at the box.
box-said-paused = Paused, asked for by { $name }.
box-said-switch = Closed by the switch: { $name } is on.
box-said-aim-pause = A pause was asked for on seat { $name }. Where all in the picture know and agree: classbox aim --people-informed, at the box.
box-said-aim-refused = Consent was refused on seat { $name }. Where all in the picture know and agree: classbox aim --people-informed, at the box.
box-said-aim-unasked = Somebody who has not consented is logged in on seat { $name }. Where all in the picture know and agree: classbox aim --people-informed, at the box.
box-said-aim-time = The time is up.

# Teacher: chart

teacher-chart-heading = The class over this lesson
teacher-chart-about = Numbers of seats, no names. They are gone when the lesson ends.
teacher-chart-picture = Lines over the lesson: seats observed, seats paused, open alerts. The table below has the numbers.
teacher-chart-none = The chart begins after the first minute.
teacher-chart-table = The same as a table
teacher-chart-time = Time
teacher-chart-observed = Observed
teacher-chart-paused = Paused
teacher-chart-alerts = Alerts

# IT: head

box-title = Classroom Box
box-heading = Boxes and screens
box-parts =
    .aria-label = Parts of this page
box-nav-health = Health
box-nav-terminals = Screens
box-nav-aim = Point a camera
box-nav-certificates = Certificates
box-nav-audit = Record
box-yes = yes
box-no = no

# IT: health

box-none = No box has reported yet. Is it switched on, and is the broker’s address right?
box-state-init = starting
box-state-ready = well
box-state-paused = cameras are closed
box-state-degraded = works, but not fully
box-state-disconnected = switched off
box-state-lost = does not answer

box-software = Software

box-profile = Policy profile
box-uptime = Running for
box-uptime-value =
    { $days ->
        [0] { $hours } h { $minutes } min
        [one] one day { $hours } h
       *[other] { $days } days { $hours } h
    }
box-temperature = Processor
box-temperature-value = { $degrees } °C
box-disk = Free disk space
box-disk-value = { $gigabytes } GB
box-memory = Memory
box-memory-value = { $megabytes } MB
box-ladder = Speed
box-ladder-full = full
box-ladder-step =
    { $step ->
        [one] one step down, to keep up
       *[other] { $step } steps down, to keep up
    }
box-broker = Broker
box-broker-up = connected
box-broker-down = not connected
box-storage = Databases
box-storage-well = well
box-storage-full = the disk is full
box-storage-failed =
    { $count ->
        [one] one write failed
       *[other] { $count } writes failed
    }
box-no-health = It has sent no numbers for a minute.

# IT: cameras

box-cameras = Cameras
box-camera = Camera
box-camera-state = State
box-camera-rate = Frames per second
box-camera-age = Age at decision
box-cameras-about = Frames per second and age are those of the last five seconds. What was dropped counts since the box’s service last started, once for each seat; much of it may be from the minutes in which the box times its engines, once on each machine.
box-camera-age-value = { $milliseconds } ms
box-camera-light = Light
box-camera-light-value = { $percent } %
box-camera-drops = Dropped since start
box-camera-reconnects = Came back
box-camera-live = live
box-camera-starting = starting
box-camera-retrying = tries again
box-camera-ended = ended
box-camera-paused = closed
box-camera-quarantined = taken out

box-drop-superseded = a newer one came: { $count }
box-drop-stale = too old: { $count }
box-drop-failed = could not be read: { $count }
box-drop-overflowed = too many at once: { $count }
box-drop-other = { $cause }: { $count }
box-drop-none = none

# IT: funnel

box-funnel = From camera to answer
box-funnel-about = Counted since the box’s service last started. Each seat looks at a frame of its camera by itself, and only where somebody has agreed: without any consent nothing is looked at. Where a chain is broken, everything after it stays empty.
box-funnel-sent = Frames taken from the cameras
box-funnel-looked-at = Looked at, with consent
box-funnel-pose = Posture looked for
box-funnel-expression = Face looked for
box-funnel-alerts = Alerts sent
box-funnel-published = Commands sent
box-funnel-acknowledged = Commands answered

box-seats = Seats
box-seat-observed = observed
box-seat-absent = no consent, or nobody seen
box-seat-ambiguous = several people in its region
box-seat-no-consent = no consent
box-seat-paused = paused
box-seat-lost = camera fails

box-seat-test = Send a test message to seat { $seat }
box-seat-test-short = Test

# IT: certificates

box-certificates = Certificates
box-certificate-name = Certificate of
box-certificate-ends = Ends
box-certificate-left = Left
box-certificate-days =
    { $days ->
        [one] one day
       *[other] { $days } days
    }
box-certificate-over = ended
box-certificate-soon = renew soon
box-certificates-none = None is known.

# IT: terminals

box-terminals = Screens of the seats
box-terminals-about = A browser becomes a seat’s screen with a code that works once, for one hour.
box-terminal = Screen
box-terminal-choose =
    .aria-label = Choose { $terminal }
box-terminal-choose-all =
    .aria-label = Choose all
box-terminal-enrolled = Browsers
box-terminal-page = Page open
box-terminal-connected = Connected
box-terminal-out = Sign out
box-terminal-out-long = Sign out all browsers of { $terminal }
box-terminal-out-sure = Really sign out { $terminal }? { $left }
box-terminal-out-sure-only = Really sign out all browsers of { $terminal }? Press again within ten seconds.
box-terminal-out-sure-code = Really sign out { $terminal }? Its open code is then good no more, either. Press again within ten seconds.
box-terminal-out-not = { $terminal } was not signed out: nobody pressed again.
box-terminals-none = This server knows no screen yet. Setup puts one folder for each into its terminals folder.
box-codes-chosen =
    { $count ->
        [0] Make codes
        [one] Make one code
       *[other] Make { $count } codes
    }
box-codes-all = Make codes for all
box-codes-sheet = Printable sheet
box-codes = Codes

box-code-until = until { $time }
box-code-picture =
    .alt = QR code of { $terminal }
box-codes-made =
    { $count ->
        [one] One code made.
       *[other] { $count } codes made.
    }

# IT: printable sheet

box-sheet-title = Codes to enrol screens
sheet-print = Print
sheet-back = Back
sheet-none = There are no open codes. Go back and make some.
sheet-do = On this seat’s computer, open the address and type the code, or hold the picture in front of its camera. Press “Enrol”: the browser is then this seat’s screen.
sheet-until = Works once, until { $time }.

# IT: aim

aim-heading = Point a camera
aim-about = Stick figures instead of pictures: nobody can be recognised here, and nothing is kept. The box stops by itself after five minutes.
aim-camera = Camera
aim-start = Start
aim-stop = Stop
aim-off = Choose a camera and start. Let somebody sit on each seat.
aim-ended = The box has stopped, so nobody is shown.
aim-silent = Nothing has come from the box for five seconds, so nobody is shown.
aim-left = { $minutes } min { $seconds } s left
aim-advice = What to do
aim-light = Light
aim-sharpness = Sharpness
aim-rate = Frames per second
aim-of-needed = { $times } × what is needed
aim-rate-value = { $fps } of { $wanted }
aim-picture-well = The picture is good.
aim-whole = All
aim-copy-by-hand = It is selected: copy it with Ctrl and C.
aim-fault-dark = Light { $percent } %: more light, or a longer exposure.
aim-fault-bright = Light { $percent } %, { $white } % of it white: turn the camera away from the window, or expose less.
aim-fault-blurred = Sharpness { $times } × what is needed: focus, or clean the lens.
aim-fault-slow = { $fps } of { $wanted } frames a second arrive: look at cable and network. In the dark many cameras send fewer.
aim-person-no-seat = On no seat: move a region here.
aim-person-no-face = No face: look towards the screen, nothing before the face.
aim-person-turned = Head turned { $degrees }° of { $limit }°: place the camera near the screen.
aim-person-outside = The picture ends within the face: turn the camera.
aim-person-cut = The region ends within the face: make the region larger.
aim-person-face-small = Face { $pixels } px of { $limit }: move the camera closer, or take a larger picture.
aim-person-lids-small = Face { $pixels } px; lids need { $limit }: move the camera closer, or take a larger picture.
aim-person-blurred = Face blurred: focus, clean the lens, or more light.
aim-person-flat = Face too flat: light from the front, no window behind.
aim-person-glare = Glasses reflect: move the lamp or the camera.
aim-person-well = Well seen, face { $pixels } px high.
aim-seat-nobody = Nobody: let somebody sit here while you aim.
aim-seat-several = { $count } people in its region: make it smaller.
aim-someone = Somebody
aim-mark-good = good
aim-mark-poor = works in part
aim-mark-bad = does not work
aim-regions = Regions of the seats
aim-regions-help = Drag a region or its corner, or go to it with Tab: the arrow keys move it, Shift and an arrow key resize it. Per cent of the picture.
aim-region =
    .aria-label = Region of seat { $seat }: left { $left } %, top { $top } %, right { $right } %, bottom { $bottom } %
aim-region-seat = Seat
aim-region-left = Left
aim-region-top = Top
aim-region-right = Right
aim-region-bottom = Bottom
aim-region-number = { $side } of seat { $seat }, per cent
aim-reset = As the box has them
aim-toml = For the box’s configuration
aim-toml-about = Put this into config.d/50-aim.toml beside the box’s configuration, then restart the service.
aim-copy = Copy

# IT: record

audit-heading = Who did what
audit-about = The newest 200 entries. They are kept in audit.jsonl.
audit-time = When
audit-who = Who
audit-what = What
audit-about-column = About
audit-outcome = Outcome
audit-none = Nothing yet.
audit-did-sign-in = signed in
audit-did-sign-out = signed out
audit-did-code = made a code
audit-did-enrol = enrolled a screen
audit-did-revoke = signed a screen out
audit-did-pause = paused
audit-did-resume = resumed
audit-did-unlock-all = unlocked
audit-did-exam-on = exam mode on
audit-did-exam-off = exam mode off
audit-did-consent-given = recorded consent
audit-did-consent-withdrawn = recorded a no
audit-did-calibrate = began the two minutes
audit-did-test-alert = sent a test message
audit-did-aim = pointed a camera
audit-did-aim-end = ended pointing
audit-did-alert-useful = answered: useful
audit-did-alert-wrong = answered: wrong
audit-did-alert-not-now = answered: not now
audit-did-account-teacher = made a teacher’s account
audit-did-account-it = made an IT account
audit-did-account-removed = removed an account

# Door, sign-in, enrolment

people-door-title = Classroom Box
door-heading = Where do you want to go?
door-seat = My seat
door-seat-about = For students, on the computer of their seat
door-teacher = Teacher
door-teacher-about = See the room, pause, answer alerts
door-box = IT
door-box-about = Boxes, cameras, screens
people-sign-in-title = Sign in
sign-in-heading = Sign in
sign-in-about = For teachers and IT. Students need no account.
sign-in-name = Name
sign-in-password = Password
sign-in-show = Show password
sign-in-go = Sign in
sign-in-wrong = Name or password is wrong.
sign-in-empty = Please fill in name and password.
sign-in-wait = Too many tries. Please wait a minute.
people-enrol-title = Enrol this screen
enrol-heading = Make this browser a seat’s screen
enrol-about = IT has made a code for this seat. It works once, for one hour.
enrol-code = Code
enrol-code-hint = 10 letters and digits; dashes and capitals do not matter
enrol-go = Enrol
enrol-wrong = This code does not work: it is wrong, used already, more than an hour old, or was taken back when its screen was signed out. Ask IT for a new one.
enrol-ended = This browser is no longer a seat’s screen: IT has signed it out, its 180 days are over, or newer browsers have taken its place. To use it again, ask your teacher or IT for a new code and type it here.
enrol-wait = Too many wrong codes from here. Please wait, an hour at most, or ask IT.
enrol-short = A code has 10 letters and digits.
people-failed = That did not work. Please try again.
people-back = Back to the start
people-elsewhere-title = The way on
people-lost = There is no page at this address
people-lost-about = It may be mistyped.
people-only-it = This page is for IT
people-only-teacher = This page is for teachers
people-as-it = You are signed in as { $name }, for IT.
people-as-teacher = You are signed in as { $name }, a teacher.
people-own = Go to your own page
people-other-account = Sign out, and in with another account
