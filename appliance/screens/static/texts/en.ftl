# name: English
# direction: ltr

## Every page

product = Classroom Box
language =
    .aria-label = Language
skip = Go to the main part
offline = The connection is interrupted. We keep trying.

## The seat's page: before somebody sits down

seat-title = Your seat
seat-title-waiting = ({ $count }) Your seat
begin-title = Hello. Sit down, take your time.
begin-lead = When you begin, this page keeps you company through the lesson: a hint when you want one, a break when your eyes need one.
begin-choice = You decide whether you are observed. The answer is no until you say yes.
begin-pictures = No picture of you is kept or shown. When IT points the camera, it sees a stick figure for a few minutes.
begin-stop = You can pause or take it back at any time, without giving a reason.
begin = Begin
begin-failed = That did not work just now. Please try again.

## What the box sees

sight-title = What the box sees
sight-observed = You are observed
sight-not-observed = You are not observed
sight-paused = Paused
sight-unknown = Waiting for the Classroom Box
reason-observed = The box watches when a hint or a break may help. It keeps no picture.
reason-nobody = Nobody has begun at this seat.
reason-no-consent = You have not agreed, so the box looks past you. That is fine.
reason-not-seen = You agreed, but the camera does not see you at this seat.
reason-camera = The camera takes a break of its own. You need not do anything.
reason-starting = The box is starting. It takes a moment.
reason-room-paused = Your teacher has paused the room. The cameras are closed.
reason-seat-paused = This seat is paused. If you paused it, go on whenever you like; if your teacher did, ask.
reason-switch = The cameras are closed by a switch, the door or the timetable.
reason-no-lesson = There is no lesson at the moment.
reason-other = You need not do anything.
reason-unknown = We have not heard from it yet. You can go on working.
reason-disconnected = The Classroom Box cannot be reached at the moment. You can go on working.
reason-away = The Classroom Box is away, so nobody is observed. You can go on working.
exam-text = There is an exam: until your teacher ends it, nothing new appears here and nothing locks; what the box sees and what you have agreed to stay as they are.
teacher-called = Your teacher knows
teacher-called-text = Somebody will come by in a moment. You need not do anything.

pause = Pause me
resume = Go on
pause-ended = A teacher has ended your pause.
leave = I am leaving

## Consent

consent-title = Your agreement
consent-given = There is a yes, from you or through your teacher, for as long as you sit here.
consent-not-given = You decide. The answer is no until you say yes.
consent-on-file = Your school holds your agreement on paper.
consent-withdrawn = There is a no, from you or from your school. Nothing is observed.
consent-give = I agree
consent-take-back = Take it back
consent-not-today = Not today

## Two minutes to get to know you

calibrate-title = Two minutes to get to know you
calibrate-text = Everybody looks different when they work. Read or work as usual for two minutes, and the box judges you by yourself and by nobody else.
calibrate-start = Start the two minutes
calibrate-again = Once more
calibrate-done = Done. The box knows you at work.
calibrate-running = Just work as usual.
calibrate-left = { $minutes }:{ $seconds } left
calibrate-progress =
    .aria-label = Getting to know you

## For your eyes

eyes-title = For your eyes
eyes-text = Changes this page only, on this computer.
eyes-group =
    .aria-label = For your eyes
eyes-warm = Warmer
eyes-dim = Darker
eyes-large = Larger

## Prompts

prompts-title = For you now
nothing = Nothing right now
nothing-text = Work in peace. When there is something for you, it appears here.
prompt-new = New: { $title }
not-now = Not now
done = Done
close = All right

title-focus_break = Time for a short break?
text-focus_break = Look out of the window, stretch, drink something.
why-focus_break = You have been working for a while, and a short break keeps eyes and mind fresh.
yes-focus_break = Good idea
yes-focus_break-timer = Take { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}
open-focus_break = Your break
break-left = { $minutes }:{ $seconds }
break-over = Your break is over. Welcome back.

title-hint = Need a hint?
text-hint = There is something that may help you on.
text-hint-topic = There is something that may help you on with “{ $topic }”.
why-hint = This task takes most people some time, and a hint often saves a detour.
yes-hint = Show me
open-hint = A hint for you

title-push_content = Something to look at
text-push_content = A short piece that may make this more interesting.
text-push_content-topic = A short piece about “{ $topic }”.
why-push_content = A change of material often makes it easier to stay with a topic.
yes-push_content = Show me
open-push_content = Something to look at

title-adjust_difficulty-down = Some easier tasks?
title-adjust_difficulty-up = Ready for something harder?
text-adjust_difficulty-down = The next tasks can be a little easier. You can change back later.
text-adjust_difficulty-up = The next tasks can be a little harder. You can change back later.
why-adjust_difficulty = The right tasks are those that take some effort and still work out.
yes-adjust_difficulty-down = Yes, easier
yes-adjust_difficulty-up = Yes, harder

title-unlock_screen = Your teacher ended the break
text-unlock_screen = You can go on.
why-unlock_screen = Your teacher can end a break at any time.

title-test = A test
text-test = Somebody tries whether messages arrive here. This one did.
why-test = Nothing was seen, and nothing is asked of you.

content-loading = One moment…
content-none = There is nothing for this topic yet. Ask your teacher.
content-failed = It cannot be loaded just now.
content-retry = Try again
content-link = Read more
content-picture =
    .alt = Picture for “{ $title }”

rate-title = Did that help you?
rate-1 = 1, not at all
rate-2 = 2, a little
rate-3 = 3, in part
rate-4 = 4, quite well
rate-5 = 5, very much
rate-low = Not at all
rate-high = Very much
rate-send = Send
rate-skip = Skip
thanks = Thank you!
thanks-text = That helps to ask less and better.

## A lock and a rest

lock-title = Half a minute for your eyes
lock-text = Look into the distance, out of the window if you can. Breathe slowly.
why-lock_screen = Eyes that look far for thirty seconds tire less.
lock-accept = That is fine
lock-accepted = Good. See you in a moment.
lock-honest-page = It ends by itself. It is only this page: it covers itself and nothing else, and your work stays as it is.
lock-honest-notice = It ends by itself. Your screen is not locked, this is a friendly request.
lock-honest-veyon = It ends by itself, also if something fails. Your work stays as it is.
lock-begins = { lock-title }. { $seconds } seconds. It ends by itself.
lock-soon = Ten more seconds.
lock-over = The break is over.
rest-title = A real break
rest-text = Get up if you like, stretch, drink something. Your work waits for you.
why-mandatory_rest = After a long stretch of work, a few minutes away from the screen help more than going on.
rest-escape = I want to go on now
rest-begins = { rest-title }. { $minutes ->
    [one] One minute
   *[other] { $minutes } minutes
}. You can go on at any time.

## What went wrong

failed-refused = The box said no. Ask your teacher.
failed-on-file = Your school holds your agreement on paper. Ask your teacher.
failed-paused = Somebody else has paused this seat. Your teacher can end that.
failed-nobody = Nobody has begun at this seat, so nobody can agree.
failed-timeout = The box has not answered. Please try again.
failed-failed = That did not work. Please try again.
failed-unreachable = No connection at the moment. Please try again.
kept-later = No connection at the moment. This is kept and sent as soon as possible.
kept = { $count ->
    [one] One answer is kept and sent as soon as possible.
   *[other] { $count } answers are kept and sent as soon as possible.
}
