"""Words for what happened in a year, and for periods, in six languages."""

from lib.data.dates.folding import phrases
from lib.data.dates.kinds import Kind

# MADE: the work was made. SECONDARY: it was shown, printed or cast. UNRELATED: the year does not date the work.
ROLES: dict[Kind, list[str]] = {
    Kind.MADE: phrases(
        en="dated, signed, inscribed, design, worked, painted, made, executed, created, produced, drawn, "
        "etched, carved, designed, conceived, begun, started, completed, finished, reworked, revised, "
        "altered, extended, continued, work, block, blocks, plate, negative, image, state, composition, "
        "drawing, painting, photographed, taken, model, modelled, modeled, original, sketch, sketched, "
        "woven, composed",
        de="datiert, dat, bez, signiert, gemalt, entstanden, ausgeführt, geschaffen, begonnen, vollendet, "
        "überarbeitet, entworfen, gezeichnet, bezeichnet, Entwurf",
        fr="daté, datée, signé, signée, peint, peinte, exécuté, exécutée, réalisé, réalisée, commencé, modèle, "
        "achevé, achevée, fait, conçu, dessiné, retravaillé",
        nl="gedateerd, gesigneerd, geschilderd, gemaakt, vervaardigd, getekend, begonnen, voltooid, ontworpen",
        it="datato, datata, firmato, firmata, dipinto, eseguito, eseguita, realizzato, realizzata, iniziato, "
        "terminato, completato, disegnato",
        es="fechado, fechada, firmado, firmada, pintado, pintada, realizado, realizada, ejecutado, hecho, "
        "iniciado, terminado, dibujado",
    ),
    Kind.SECONDARY: phrases(
        en="published, republished, issued, reissued, exhibited, shown, printed, reprinted, cast, recast, "
        "casted, engraved, restored, retouched, impression, impressions, edition, editions, print, prints, "
        "printing, version, enlarged, enlarged version, memorial edition, replica, remade, reconstructed, "
        "refabricated, editioned, posthumous, posthumously, reproduced, fabricated, strike, reinstalled, "
        "installed",
        de="veröffentlicht, erschienen, publiziert, herausgegeben, ausgestellt, gedruckt, Druck, Abzug, "
        "Auflage, gegossen, Guss, gestochen, restauriert, nachgedruckt, Nachdruck, Neudruck, Neuauflage, postum, "
        "posthum",
        fr="publié, publiée, paru, édité, édition, exposé, exposée, Salon, exposé au Salon, imprimé, "
        "imprimée, tirage, tirée, tiré, fondu, fondue, fonte, gravé, gravée, restauré, réimprimé, réédité, posthume, "
        "épreuve",
        nl="gepubliceerd, uitgegeven, uitgave, tentoongesteld, gedrukt, afdruk, herdrukt, herdruk, gegoten, "
        "gegraveerd, gerestaureerd",
        it="pubblicato, pubblicata, esposto, esposta, stampato, stampata, stampa, ristampato, fuso, fusione, "
        "inciso, incisa, restaurato, edizione, tiratura, postumo",
        es="publicado, publicada, expuesto, expuesta, impreso, impresa, reimpreso, fundido, fundición, grabado, "
        "grabada, restaurado, edición, póstumo",
    ),
    Kind.UNRELATED: phrases(
        en="born, died, acquired, purchased, bought, sold, bequeathed, bequest, gift, given, donated, founded, "
        "registered, in the style of, in style of, accession",
        de="geboren, geb, gestorben, gest, erworben, Ankauf, Geschenk, im Stil des, im Stil der, im Stile des",
        fr="né, née, mort, morte, acquis, acheté, don, legs, dans le style du, dans le goût du",
        nl="geboren, gestorven, overleden, verworven, aangekocht, geschenk, in de stijl van de",
        it="nato, nata, morto, morta, acquistato, donato, nello stile del",
        es="nacido, nacida, muerto, muerta, adquirido, donado, en el estilo del",
    ),
    Kind.PERIOD: phrases(
        en="dynasty, period, era, reign, reign of, kingdom, empire, mark and period",
        de="Dynastie, Zeit, Periode, Epoche",
        fr="période, époque, dynastie, règne, ère",
        nl="periode, tijdperk",
        it="periodo, epoca, dinastia, regno",
        es="período, época, dinastía, reinado",
    ),
}
