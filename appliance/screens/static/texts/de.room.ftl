## Was Lehrkräfte und IT sehen. Eine Lehrkraft liest das mit einem Blick, zwischen zwei Sätzen.

# Wörter eines Platzes

room-sight-observed = beobachtet
room-sight-not-observed = nicht beobachtet
room-sight-paused = angehalten
room-reason-nobody = niemand angemeldet
room-reason-no-consent = keine Einwilligung
room-reason-not-seen = niemand zu sehen
room-reason-camera = Kamera gestört
room-reason-starting = startet
room-reason-room-paused = Raum ist angehalten
room-reason-seat-paused = Platz ist angehalten
room-reason-switch = Kameras sind zu
room-reason-no-lesson = kein Unterricht
room-consent-given = eingewilligt
room-consent-not-given = noch keine Einwilligung
room-consent-on-file = Einwilligung liegt vor
room-consent-withdrawn = Einwilligung widerrufen
room-terminal-online = Bildschirm ist an
room-terminal-offline = Bildschirm ist aus
room-exam-here = Prüfung
room-alert-here = Hinweis
room-since = seit { $time }
state-fatigued = müde

# Lehrkraft: Kopf

teacher-title = Klassenraum
room-close = Schließen
teacher-mode-paused = Der Raum ist angehalten: Keine Kamera schaut.
teacher-mode-exam = Prüfung: Auf keinem Bildschirm erscheint Neues, und nichts wird gesperrt; Kameras und Hinweise laufen weiter, bis Sie die Prüfung beenden oder acht Stunden um sind.
room-sign-out = Abmelden
teacher-boxes-well =
    { $count ->
        [one] Die Box ist in Ordnung.
       *[other] Alle { $count } Boxen sind in Ordnung.
    }
teacher-boxes-none = Noch hat sich keine Box gemeldet.
teacher-box-init = { $box } startet.
teacher-box-paused = { $box } hat die Kameras geschlossen.
teacher-box-degraded = { $box } arbeitet, aber nicht voll.
teacher-box-disconnected = { $box } ist ausgeschaltet.
teacher-box-lost = { $box } antwortet nicht.
room-lost-stream = Keine Verbindung zu diesem Server. Sie sehen den Raum, wie er um { $time } war.
room-lost-broker = Der Server hat keine Verbindung zur Box. Sie sehen den Raum, wie er um { $time } war.
room-lost-never = Noch besteht keine Verbindung. Diese Seite versucht es von selbst wieder.

# Lehrkraft: Leiste

teacher-tools = Was Sie für den Raum tun können
teacher-pause-room = Raum anhalten
teacher-resume-room = Raum fortsetzen
teacher-unlock-all = Alle entsperren
teacher-exam = Prüfung
teacher-exam-on = an
teacher-exam-off = aus
teacher-chart = Verlauf

# Lehrkraft: wer gezeigt wird

teacher-show =
    .aria-label = Welche Plätze gezeigt werden
teacher-show-all = Alle Plätze
teacher-show-observed = Beobachtet
teacher-show-unobserved = Nicht beobachtet
teacher-show-alert = Mit Hinweis
teacher-seats = Plätze
teacher-seats-none-shown = Hier ist kein Platz zu zeigen.
teacher-seats-waiting = Die Box hat noch nichts gesagt.
teacher-over-heading = Gerade kein Unterricht
teacher-over-text = Auf dieser Seite bleibt nichts stehen. Die Plätze erscheinen, wenn der nächste Unterricht beginnt.

# Lehrkraft: Hinweise

teacher-alerts = Hinweise
teacher-alerts-none = Gerade braucht Sie niemand.
teacher-alert-new = Hinweis zu { $seats }.
teacher-alert-highest = Bitte hingehen
teacher-alert-over = Vorbei: Der Platz ist angehalten
teacher-alert-evidence-minutes =
    { $state } seit { $minutes ->
        [0] weniger als einer Minute
        [one] einer Minute
       *[other] { $minutes } Minuten
    }
teacher-alert-share-all = die ganze letzte halbe Minute
teacher-alert-share-most = die meiste Zeit der letzten halben Minute
teacher-alert-share-half = etwa die Hälfte der letzten halben Minute
teacher-alert-share-some = einen Teil der letzten halben Minute
teacher-alert-evidence = { $how }; { $share }
teacher-alert-verdict-useful = Hilfreich
teacher-alert-verdict-wrong = Falsch
teacher-alert-verdict-not-now = Nicht jetzt
teacher-alert-answer = Ihre Antwort zum Hinweis für { $seats }
teacher-alert-said-useful = Ihre Antwort: hilfreich
teacher-alert-said-wrong = Ihre Antwort: falsch
teacher-alert-said-not-now = Ihre Antwort: nicht jetzt

# Lehrkraft: ein Platz

teacher-seat-heading = Platz { $seat }
teacher-seat-camera = Kamera
teacher-seat-consent = Einwilligung
teacher-seat-screen = Bildschirm
teacher-seat-state = Zustand
teacher-seat-exam = Prüfung
teacher-seat-exam-on = an diesem Platz
teacher-seat-exam-off = aus
teacher-seat-pause = Platz anhalten
teacher-seat-resume = Platz fortsetzen
teacher-seat-unlock = Bildschirm entsperren
teacher-seat-exam-start = Prüfung hier beginnen
teacher-seat-exam-stop = Prüfung hier beenden
teacher-seat-test = Probemeldung senden
teacher-seat-form = Einwilligung auf Papier
teacher-seat-reference = Zeichen des Formulars
teacher-seat-reference-hint = Nur was auf dem Formular steht, zum Beispiel 2026-117. Kein Name.
teacher-seat-give = Einwilligung eintragen
teacher-seat-withdraw = Nein eintragen
teacher-seat-reference-missing = Bitte zuerst das Zeichen des Formulars eintragen.

# Was daraus wurde

room-done = Erledigt.
room-done-pause = Angehalten.
room-done-resume = Fortgesetzt.
room-done-unlock-all = Kein Bildschirm ist mehr gesperrt.
room-done-consent = Eingetragen.
room-done-exam = Prüfung umgestellt.
room-done-test-alert = Probemeldung gesendet.
room-unattended-test-alert = Gesendet, aber niemand ist auf der Seite dieses Platzes. Dort am Computer den Browser mit einem Code anmelden („Bildschirme“), auf „Anfangen“ drücken und noch einmal testen; wer binnen 30 Sekunden anfängt, sieht noch diese Nachricht.
room-done-verdict = Danke, notiert.
room-done-sign-out = Seine Browser sind abgemeldet. Ein Code, der für diesen Bildschirm offen war, gilt nicht mehr; für den nächsten bitte einen neuen erstellen.
room-done-aim = Die Box schaut hin.
room-done-codes = Codes erstellt.
room-done-aim-end = Beendet.
room-done-copied = Kopiert.
room-refused = Die Box hat das abgelehnt.
room-failed = Die Box konnte das nicht tun.
room-timeout = Die Box hat nicht geantwortet. Bitte noch einmal versuchen.
room-unreachable = Dieser Server ist nicht erreichbar. Bitte noch einmal versuchen.
room-signed-out = Sie sind abgemeldet. Bitte melden Sie sich neu an.
room-too-fast = Das war zu schnell. Bitte einen Moment warten.

# Was eine Box in eigenen Sätzen sagt

box-said-room-exam = Es ist die Prüfung des ganzen Raums: Bitte für den Raum beenden.
box-said-no-broker = Es besteht keine Verbindung zum Broker.
box-said-no-seat = Keine Box hat diesen Platz.
box-said-stale = Die Anfrage kam zu spät. Bitte noch einmal versuchen.
box-said-paused-here = Angehalten, an der Box verlangt.
box-said-paused = Angehalten, verlangt von { $name }.
box-said-switch = Durch den Schalter geschlossen: { $name } ist an.
box-said-aim-pause = Auf Platz { $name } wurde eine Pause verlangt. Wenn alle im Bild Bescheid wissen und einwilligen: an der Box classbox aim --people-informed.
box-said-aim-refused = Auf Platz { $name } wurde die Einwilligung verweigert. Wenn alle im Bild Bescheid wissen und einwilligen: an der Box classbox aim --people-informed.
box-said-aim-unasked = Auf Platz { $name } ist jemand ohne Einwilligung angemeldet. Wenn alle im Bild Bescheid wissen und einwilligen: an der Box classbox aim --people-informed.
box-said-aim-time = Die Zeit ist um.

# Lehrkraft: Verlauf

teacher-chart-heading = Die Klasse in dieser Stunde
teacher-chart-about = Zahlen von Plätzen, keine Namen. Am Ende der Stunde sind sie fort.
teacher-chart-picture = Linien über die Stunde: beobachtete Plätze, angehaltene Plätze, offene Hinweise. Die Zahlen stehen in der Tabelle darunter.
teacher-chart-none = Der Verlauf beginnt nach der ersten Minute.
teacher-chart-table = Dasselbe als Tabelle
teacher-chart-time = Zeit
teacher-chart-observed = Beobachtet
teacher-chart-paused = Angehalten
teacher-chart-alerts = Hinweise

# IT: Kopf

box-title = Classroom Box
box-heading = Boxen und Bildschirme
box-parts =
    .aria-label = Teile dieser Seite
box-nav-health = Zustand
box-nav-terminals = Bildschirme
box-nav-aim = Kamera ausrichten
box-nav-certificates = Zertifikate
box-nav-audit = Protokoll
box-yes = ja
box-no = nein

# IT: Zustand

box-none = Noch hat sich keine Box gemeldet. Ist sie eingeschaltet, und stimmt die Adresse des Brokers?
box-state-init = startet
box-state-ready = in Ordnung
box-state-paused = Kameras sind zu
box-state-degraded = arbeitet, aber nicht voll
box-state-disconnected = ausgeschaltet
box-state-lost = antwortet nicht

box-software = Software

box-profile = Richtlinienprofil
box-uptime = Läuft seit
box-uptime-value =
    { $days ->
        [0] { $hours } Std. { $minutes } Min.
        [one] einem Tag { $hours } Std.
       *[other] { $days } Tagen { $hours } Std.
    }
box-temperature = Prozessor
box-temperature-value = { $degrees } °C
box-disk = Freier Speicherplatz
box-disk-value = { $gigabytes } GB
box-memory = Arbeitsspeicher
box-memory-value = { $megabytes } MB
box-ladder = Tempo
box-ladder-full = voll
box-ladder-step =
    { $step ->
        [one] eine Stufe tiefer, um mitzukommen
       *[other] { $step } Stufen tiefer, um mitzukommen
    }
box-broker = Broker
box-broker-up = verbunden
box-broker-down = nicht verbunden
box-storage = Datenbanken
box-storage-well = in Ordnung
box-storage-full = der Datenträger ist voll
box-storage-failed =
    { $count ->
        [one] ein Schreibvorgang misslang
       *[other] { $count } Schreibvorgänge misslangen
    }
box-no-health = Seit einer Minute kamen keine Zahlen.

# IT: Kameras

box-cameras = Kameras
box-camera = Kamera
box-camera-state = Zustand
box-camera-rate = Bilder je Sekunde
box-camera-age = Alter bei der Entscheidung
box-cameras-about = Bilder je Sekunde und Alter gelten für die letzten fünf Sekunden. Verworfenes zählt, seit der Dienst der Box zuletzt gestartet ist, einmal je Platz; vieles davon kann aus den Minuten sein, in denen die Box, einmal je Gerät, ihre Rechenverfahren misst.
box-camera-age-value = { $milliseconds } ms
box-camera-light = Licht
box-camera-light-value = { $percent } %
box-camera-drops = Verworfen seit Start
box-camera-reconnects = Wiedergekehrt
box-camera-live = läuft
box-camera-starting = startet
box-camera-retrying = versucht es wieder
box-camera-ended = beendet
box-camera-paused = zu
box-camera-quarantined = herausgenommen

box-drop-superseded = ein neueres kam: { $count }
box-drop-stale = zu alt: { $count }
box-drop-failed = nicht lesbar: { $count }
box-drop-overflowed = zu viele zugleich: { $count }
box-drop-other = { $cause }: { $count }
box-drop-none = keine

# IT: Kette

box-funnel = Von der Kamera zur Antwort
box-funnel-about = Gezählt, seit der Dienst der Box zuletzt gestartet ist. Jeder Platz sieht sich ein Bild seiner Kamera für sich an, und nur, wo jemand eingewilligt hat: Ohne Einwilligung wird nichts angesehen. Wo eine Kette bricht, bleibt alles danach leer.
box-funnel-sent = Von den Kameras genommene Bilder
box-funnel-looked-at = Angesehen, mit Einwilligung
box-funnel-pose = Haltung gesucht
box-funnel-expression = Gesicht gesucht
box-funnel-alerts = Hinweise gesendet
box-funnel-published = Befehle gesendet
box-funnel-acknowledged = Befehle beantwortet

box-seats = Plätze
box-seat-observed = beobachtet
box-seat-absent = keine Einwilligung oder niemand zu sehen
box-seat-ambiguous = mehrere im Bereich
box-seat-no-consent = keine Einwilligung
box-seat-paused = angehalten
box-seat-lost = Kamera gestört

box-seat-test = Probemeldung an Platz { $seat } senden
box-seat-test-short = Probe

# IT: Zertifikate

box-certificates = Zertifikate
box-certificate-name = Zertifikat von
box-certificate-ends = Endet
box-certificate-left = Bleiben
box-certificate-days =
    { $days ->
        [one] ein Tag
       *[other] { $days } Tage
    }
box-certificate-over = abgelaufen
box-certificate-soon = bald erneuern
box-certificates-none = Keines ist bekannt.

# IT: Bildschirme

box-terminals = Bildschirme der Plätze
box-terminals-about = Ein Browser wird zum Bildschirm eines Platzes durch einen Code, der einmal und eine Stunde lang gilt.
box-terminal = Bildschirm
box-terminal-choose =
    .aria-label = { $terminal } auswählen
box-terminal-choose-all =
    .aria-label = Alle auswählen
box-terminal-enrolled = Browser
box-terminal-page = Seite offen
box-terminal-connected = Verbunden
box-terminal-out = Abmelden
box-terminal-out-long = Alle Browser von { $terminal } abmelden
box-terminal-out-sure = { $terminal } wirklich abmelden? { $left }
box-terminal-out-sure-only = Wirklich alle Browser von { $terminal } abmelden? Noch einmal drücken, in den nächsten zehn Sekunden.
box-terminal-out-sure-code = { $terminal } wirklich abmelden? Dann gilt auch der offene Code nicht mehr. Noch einmal drücken, in den nächsten zehn Sekunden.
box-terminal-out-not = { $terminal } wurde nicht abgemeldet: Niemand hat noch einmal gedrückt.
box-terminals-none = Dieser Server kennt noch keinen Bildschirm. Die Einrichtung legt für jeden einen Ordner in seinen Ordner „terminals“.
box-codes-chosen =
    { $count ->
        [0] Codes erstellen
        [one] Einen Code erstellen
       *[other] { $count } Codes erstellen
    }
box-codes-all = Codes für alle erstellen
box-codes-sheet = Druckblatt
box-codes = Codes

box-code-until = bis { $time }
box-code-picture =
    .alt = QR-Code von { $terminal }
box-codes-made =
    { $count ->
        [one] Ein Code erstellt.
       *[other] { $count } Codes erstellt.
    }

# IT: Druckblatt

box-sheet-title = Codes zum Anmelden der Bildschirme
sheet-print = Drucken
sheet-back = Zurück
sheet-none = Es gibt keine offenen Codes. Gehen Sie zurück und erstellen Sie welche.
sheet-do = Öffnen Sie am Rechner dieses Platzes die Adresse und geben Sie den Code ein, oder halten Sie das Bild vor seine Kamera. Drücken Sie „Anmelden“: Dann ist der Browser der Bildschirm dieses Platzes.
sheet-until = Gilt einmal, bis { $time }.

# IT: Kamera ausrichten

aim-heading = Kamera ausrichten
aim-about = Strichfiguren statt Bildern: Niemand ist hier zu erkennen, und nichts bleibt. Die Box hört nach fünf Minuten von selbst auf.
aim-camera = Kamera
aim-start = Beginnen
aim-stop = Beenden
aim-off = Wählen Sie eine Kamera und beginnen Sie. Auf jedem Platz soll jemand sitzen.
aim-ended = Die Box hat aufgehört, deshalb ist niemand zu sehen.
aim-silent = Seit fünf Sekunden kommt nichts von der Box, deshalb ist niemand zu sehen.
aim-left = noch { $minutes } Min. { $seconds } Sek.
aim-advice = Was zu tun ist
aim-light = Licht
aim-sharpness = Schärfe
aim-rate = Bilder je Sekunde
aim-of-needed = { $times } × des Nötigen
aim-rate-value = { $fps } von { $wanted }
aim-picture-well = Das Bild ist gut.
aim-whole = Alles
aim-copy-by-hand = Es ist markiert: mit Strg und C kopieren.
aim-fault-dark = Licht { $percent } %: mehr Licht oder länger belichten.
aim-fault-bright = Licht { $percent } %, davon { $white } % weiß: Kamera vom Fenster wegdrehen oder kürzer belichten.
aim-fault-blurred = Schärfe { $times } × des Nötigen: scharfstellen oder die Linse putzen.
aim-fault-slow = { $fps } von { $wanted } Bildern je Sekunde kommen an: Kabel und Netz ansehen. Im Dunkeln senden viele Kameras weniger.
aim-person-no-seat = Auf keinem Platz: einen Bereich hierher schieben.
aim-person-no-face = Kein Gesicht: zum Bildschirm sehen, nichts vor dem Gesicht.
aim-person-turned = Kopf { $degrees }° von { $limit }° gedreht: Kamera nahe an den Bildschirm stellen.
aim-person-outside = Das Bild endet im Gesicht: Kamera drehen.
aim-person-cut = Der Bereich endet im Gesicht: Bereich größer machen.
aim-person-face-small = Gesicht { $pixels } px von { $limit }: Kamera näher heran oder größeres Bild.
aim-person-lids-small = Gesicht { $pixels } px; Lider brauchen { $limit }: Kamera näher heran oder größeres Bild.
aim-person-blurred = Gesicht unscharf: scharfstellen, Linse putzen oder mehr Licht.
aim-person-flat = Gesicht zu flau: Licht von vorn, kein Fenster dahinter.
aim-person-glare = Brille spiegelt: Lampe oder Kamera verschieben.
aim-person-well = Gut zu sehen, Gesicht { $pixels } px hoch.
aim-seat-nobody = Niemand: Beim Ausrichten soll hier jemand sitzen.
aim-seat-several = { $count } Personen im Bereich: Bereich kleiner machen.
aim-someone = Jemand
aim-mark-good = gut
aim-mark-poor = geht zum Teil
aim-mark-bad = geht nicht
aim-regions = Bereiche der Plätze
aim-regions-help = Ziehen Sie einen Bereich oder seine Ecke, oder gehen Sie mit Tab zu ihm: Pfeiltasten verschieben ihn, Umschalt und Pfeiltaste ändern die Größe. Prozent des Bildes.
aim-region =
    .aria-label = Bereich von Platz { $seat }: links { $left } %, oben { $top } %, rechts { $right } %, unten { $bottom } %
aim-region-seat = Platz
aim-region-left = Links
aim-region-top = Oben
aim-region-right = Rechts
aim-region-bottom = Unten
aim-region-number = { $side } von Platz { $seat }, Prozent
aim-reset = Wie auf der Box
aim-toml = Für die Konfiguration der Box
aim-toml-about = Dies in config.d/50-aim.toml neben der Konfiguration der Box speichern, dann den Dienst neu starten.
aim-copy = Kopieren

# IT: Protokoll

audit-heading = Wer was getan hat
audit-about = Die neuesten 200 Einträge. Sie stehen in audit.jsonl.
audit-time = Wann
audit-who = Wer
audit-what = Was
audit-about-column = Wozu
audit-outcome = Ergebnis
audit-none = Noch nichts.
audit-did-sign-in = angemeldet
audit-did-sign-out = abgemeldet
audit-did-code = Code erstellt
audit-did-enrol = Bildschirm angemeldet
audit-did-revoke = Bildschirm abgemeldet
audit-did-pause = angehalten
audit-did-resume = fortgesetzt
audit-did-unlock-all = entsperrt
audit-did-exam-on = Prüfung ein
audit-did-exam-off = Prüfung aus
audit-did-consent-given = Einwilligung eingetragen
audit-did-consent-withdrawn = Nein eingetragen
audit-did-calibrate = die zwei Minuten begonnen
audit-did-test-alert = Probemeldung gesendet
audit-did-aim = Kamera ausgerichtet
audit-did-aim-end = Ausrichten beendet
audit-did-alert-useful = geantwortet: hilfreich
audit-did-alert-wrong = geantwortet: falsch
audit-did-alert-not-now = geantwortet: nicht jetzt
audit-did-account-teacher = Konto einer Lehrkraft angelegt
audit-did-account-it = Konto der IT angelegt
audit-did-account-removed = Konto entfernt

# Tür, Anmeldung

people-door-title = Classroom Box
door-heading = Wohin möchten Sie?
door-seat = Mein Platz
door-seat-about = Für Schülerinnen und Schüler, am Rechner ihres Platzes
door-teacher = Lehrkraft
door-teacher-about = Den Raum sehen, anhalten, auf Hinweise antworten
door-box = IT
door-box-about = Boxen, Kameras, Bildschirme
people-sign-in-title = Anmelden
sign-in-heading = Anmelden
sign-in-about = Für Lehrkräfte und IT. Schülerinnen und Schüler brauchen kein Konto.
sign-in-name = Name
sign-in-password = Passwort
sign-in-show = Passwort zeigen
sign-in-go = Anmelden
sign-in-wrong = Name oder Passwort ist falsch.
sign-in-empty = Bitte Name und Passwort eintragen.
sign-in-wait = Zu viele Versuche. Bitte eine Minute warten.
people-enrol-title = Bildschirm anmelden
enrol-heading = Diesen Browser zum Bildschirm eines Platzes machen
enrol-about = Die IT hat für diesen Platz einen Code erstellt. Er gilt einmal, eine Stunde lang.
enrol-code = Code
enrol-code-hint = 10 Buchstaben und Ziffern; Striche und Großschreibung sind gleich
enrol-go = Anmelden
enrol-wrong = Dieser Code gilt nicht: Er ist falsch, schon benutzt, älter als eine Stunde oder wurde zurückgenommen, als sein Bildschirm abgemeldet wurde. Bitten Sie die IT um einen neuen.
enrol-ended = Dieser Browser ist kein Bildschirm eines Platzes mehr: Die IT hat ihn abgemeldet, seine 180 Tage sind um, oder neuere Browser haben seinen Platz eingenommen. Wenn er es wieder werden soll, bei der Lehrkraft oder der IT einen neuen Code holen und hier eintippen.
enrol-wait = Zu viele falsche Codes von hier. Bitte warten, höchstens eine Stunde, oder die IT fragen.
enrol-short = Ein Code hat 10 Buchstaben und Ziffern.
people-failed = Das hat nicht geklappt. Bitte noch einmal versuchen.
people-back = Zurück zum Anfang
people-elsewhere-title = So geht es weiter
people-lost = Unter dieser Adresse gibt es keine Seite
people-lost-about = Vielleicht ist sie vertippt.
people-only-it = Diese Seite ist für die IT
people-only-teacher = Diese Seite ist für Lehrkräfte
people-as-it = Sie sind als { $name } angemeldet, für die IT.
people-as-teacher = Sie sind als { $name } angemeldet, als Lehrkraft.
people-own = Zur eigenen Seite
people-other-account = Abmelden und mit einem anderen Konto anmelden
