# name: Deutsch
# direction: ltr

## Jede Seite

product = Classroom Box
language =
    .aria-label = Sprache
skip = Zum Hauptteil
offline = Die Verbindung ist unterbrochen. Wir versuchen es weiter.

## Die Seite des Platzes: bevor sich jemand setzt

seat-title = Dein Platz
seat-title-waiting = ({ $count }) Dein Platz
begin-title = Hallo. Setz dich, lass dir Zeit.
begin-lead = Wenn du anfängst, begleitet dich diese Seite durch die Stunde: mit einem Tipp, wenn du einen möchtest, mit einer Pause, wenn deine Augen eine brauchen.
begin-choice = Du entscheidest, ob du beobachtet wirst. Solange du nicht Ja sagst, gilt Nein.
begin-pictures = Kein Bild von dir wird aufgehoben oder gezeigt. Richtet die IT die Kamera ein, sieht sie ein paar Minuten lang ein Strichmännchen.
begin-stop = Du kannst jederzeit pausieren oder es zurücknehmen, ohne einen Grund zu nennen.
begin = Anfangen
begin-failed = Das hat gerade nicht geklappt. Bitte versuch es noch einmal.

## Was die Box sieht

sight-title = Was die Box sieht
sight-observed = Du wirst beobachtet
sight-not-observed = Du wirst nicht beobachtet
sight-paused = Pause
sight-unknown = Warten auf die Classroom Box
reason-observed = Die Box achtet darauf, wann ein Tipp oder eine Pause helfen kann. Sie hebt kein Bild auf.
reason-nobody = An diesem Platz hat noch niemand angefangen.
reason-no-consent = Du hast nicht zugestimmt, also sieht die Box an dir vorbei. Das ist in Ordnung.
reason-not-seen = Du hast zugestimmt, aber die Kamera sieht dich an diesem Platz nicht.
reason-camera = Die Kamera macht selbst gerade Pause. Du musst nichts tun.
reason-starting = Die Box startet. Das dauert einen Moment.
reason-room-paused = Deine Lehrkraft hat den Raum pausiert. Die Kameras sind zu.
reason-seat-paused = Dieser Platz ist pausiert. Warst du es, mach weiter, wann du möchtest; war es deine Lehrkraft, frag sie.
reason-switch = Die Kameras sind zu: durch einen Schalter, die Tür oder den Stundenplan.
reason-no-lesson = Gerade ist kein Unterricht.
reason-other = Du musst nichts tun.
reason-unknown = Wir haben noch nichts von ihr gehört. Du kannst weiterarbeiten.
reason-disconnected = Die Classroom Box ist gerade nicht zu erreichen. Du kannst weiterarbeiten.
reason-away = Die Classroom Box ist nicht da, also wird niemand beobachtet. Du kannst weiterarbeiten.
exam-text = Gerade ist eine Prüfung: Bis deine Lehrkraft sie beendet, erscheint hier nichts Neues, und nichts wird gesperrt; was die Box sieht und wozu du eingewilligt hast, bleibt, wie es ist.
teacher-called = Deine Lehrkraft weiß Bescheid
teacher-called-text = Gleich kommt jemand vorbei. Du musst nichts tun.

pause = Mich pausieren
resume = Weitermachen
pause-ended = Eine Lehrkraft hat deine Pause beendet.
leave = Ich gehe

## Zustimmung

consent-title = Deine Zustimmung
consent-given = Es gibt ein Ja, von dir oder über deine Lehrkraft, solange du hier sitzt.
consent-not-given = Du entscheidest. Solange du nicht Ja sagst, gilt Nein.
consent-on-file = Deine Schule hat deine Zustimmung auf Papier.
consent-withdrawn = Es gibt ein Nein, von dir oder von deiner Schule. Nichts wird beobachtet.
consent-give = Ich stimme zu
consent-take-back = Zurücknehmen
consent-not-today = Heute nicht

## Zwei Minuten zum Kennenlernen

calibrate-title = Zwei Minuten zum Kennenlernen
calibrate-text = Alle sehen anders aus, wenn sie arbeiten. Lies oder arbeite zwei Minuten wie immer, dann vergleicht dich die Box mit dir selbst und mit niemandem sonst.
calibrate-start = Die zwei Minuten starten
calibrate-again = Noch einmal
calibrate-done = Fertig. Die Box kennt dich jetzt.
calibrate-running = Arbeite einfach wie immer.
calibrate-left = noch { $minutes }:{ $seconds }
calibrate-progress =
    .aria-label = Kennenlernen

## Für deine Augen

eyes-title = Für deine Augen
eyes-text = Ändert nur diese Seite auf diesem Computer.
eyes-group =
    .aria-label = Für deine Augen
eyes-warm = Wärmer
eyes-dim = Dunkler
eyes-large = Größer

## Hinweise

prompts-title = Gerade für dich
nothing = Gerade nichts
nothing-text = Arbeite in Ruhe. Wenn es etwas für dich gibt, erscheint es hier.
prompt-new = Neu: { $title }
not-now = Jetzt nicht
done = Fertig
close = In Ordnung

title-focus_break = Zeit für eine kurze Pause?
text-focus_break = Sieh aus dem Fenster, streck dich, trink etwas.
why-focus_break = Du arbeitest schon eine Weile, und eine kurze Pause hält Augen und Kopf frisch.
yes-focus_break = Gute Idee
yes-focus_break-timer = { $minutes ->
    [one] Eine Minute Pause
   *[other] { $minutes } Minuten Pause
}
open-focus_break = Deine Pause
break-left = { $minutes }:{ $seconds }
break-over = Deine Pause ist vorbei. Willkommen zurück.

title-hint = Brauchst du einen Tipp?
text-hint = Es gibt etwas, das dir weiterhelfen kann.
text-hint-topic = Es gibt etwas, das dir bei „{ $topic }“ weiterhelfen kann.
why-hint = Diese Aufgabe braucht bei den meisten etwas Zeit, und ein Tipp erspart oft einen Umweg.
yes-hint = Zeig ihn mir
open-hint = Ein Tipp für dich

title-push_content = Etwas zum Ansehen
text-push_content = Ein kurzes Stück, das die Sache spannender machen kann.
text-push_content-topic = Ein kurzes Stück über „{ $topic }“.
why-push_content = Etwas Abwechslung macht es oft leichter, bei einem Thema zu bleiben.
yes-push_content = Zeig es mir
open-push_content = Etwas zum Ansehen

title-adjust_difficulty-down = Etwas leichtere Aufgaben?
title-adjust_difficulty-up = Lust auf etwas Schwereres?
text-adjust_difficulty-down = Die nächsten Aufgaben können etwas leichter sein. Du kannst das später wieder ändern.
text-adjust_difficulty-up = Die nächsten Aufgaben können etwas schwerer sein. Du kannst das später wieder ändern.
why-adjust_difficulty = Gut sind Aufgaben, die etwas Mühe machen und trotzdem gelingen.
yes-adjust_difficulty-down = Ja, leichter
yes-adjust_difficulty-up = Ja, schwerer

title-unlock_screen = Deine Lehrkraft hat die Pause beendet
text-unlock_screen = Du kannst weitermachen.
why-unlock_screen = Deine Lehrkraft kann eine Pause jederzeit beenden.

title-test = Ein Test
text-test = Jemand probiert aus, ob Nachrichten hier ankommen. Diese ist angekommen.
why-test = Nichts wurde gesehen, und du musst nichts tun.

content-loading = Einen Moment…
content-none = Zu diesem Thema gibt es noch nichts. Frag deine Lehrkraft.
content-failed = Es lässt sich gerade nicht laden.
content-retry = Noch einmal versuchen
content-link = Mehr dazu
content-picture =
    .alt = Bild zu „{ $title }“

rate-title = Hat dir das geholfen?
rate-1 = 1, gar nicht
rate-2 = 2, ein wenig
rate-3 = 3, teilweise
rate-4 = 4, ziemlich gut
rate-5 = 5, sehr
rate-low = Gar nicht
rate-high = Sehr
rate-send = Senden
rate-skip = Überspringen
thanks = Danke!
thanks-text = Das hilft, seltener und besser zu fragen.

## Eine Sperre und eine Ruhepause

lock-title = Eine halbe Minute für deine Augen
lock-text = Sieh in die Ferne, am besten aus dem Fenster. Atme langsam.
why-lock_screen = Augen, die dreißig Sekunden in die Ferne sehen, ermüden weniger.
lock-accept = Das ist in Ordnung
lock-accepted = Gut. Bis gleich.
lock-honest-page = Sie endet von selbst. Es ist nur diese Seite: Sie verdeckt sich selbst und sonst nichts, und deine Arbeit bleibt, wie sie ist.
lock-honest-notice = Sie endet von selbst. Dein Bildschirm ist nicht gesperrt, das ist eine freundliche Bitte.
lock-honest-veyon = Sie endet von selbst, auch wenn etwas ausfällt. Deine Arbeit bleibt, wie sie ist.
lock-begins = { lock-title }. { $seconds } Sekunden. Sie endet von selbst.
lock-soon = Noch zehn Sekunden.
lock-over = Die Pause ist vorbei.
rest-title = Eine richtige Pause
rest-text = Steh auf, wenn du magst, streck dich, trink etwas. Deine Arbeit wartet auf dich.
why-mandatory_rest = Nach langer Arbeit helfen ein paar Minuten weg vom Bildschirm mehr als weiterzumachen.
rest-escape = Ich möchte jetzt weitermachen
rest-begins = { rest-title }. { $minutes ->
    [one] Eine Minute
   *[other] { $minutes } Minuten
}. Du kannst jederzeit weitermachen.

## Was schiefging

failed-refused = Die Box hat Nein gesagt. Frag deine Lehrkraft.
failed-on-file = Deine Schule hat deine Einwilligung auf Papier. Frag deine Lehrkraft.
failed-paused = Jemand anders hat diesen Platz pausiert. Deine Lehrkraft kann das beenden.
failed-nobody = An diesem Platz hat niemand angefangen, also kann niemand einwilligen.
failed-timeout = Die Box hat nicht geantwortet. Bitte versuch es noch einmal.
failed-failed = Das hat nicht geklappt. Bitte versuch es noch einmal.
failed-unreachable = Gerade keine Verbindung. Bitte versuch es noch einmal.
kept-later = Gerade keine Verbindung. Das wird aufgehoben und so bald wie möglich gesendet.
kept = { $count ->
    [one] Eine Antwort wird aufgehoben und so bald wie möglich gesendet.
   *[other] { $count } Antworten werden aufgehoben und so bald wie möglich gesendet.
}
