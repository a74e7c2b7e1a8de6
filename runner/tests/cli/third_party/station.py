# A LoRa Basics Station as basicstation 2.0.6 speaks (tc.c, s2e.c). Orders come as lines of JSON.
import json, struct, sys, threading
from websockets.sync.client import connect

uri, router = sys.argv[1], sys.argv[2]

def say(text):
    print(text, flush=True)

with connect(uri + "/router-info") as ws:
    ws.send(json.dumps({"router": router}))
    answer = ws.recv()
    say(answer)
answer = json.loads(answer)
if "error" in answer:
    sys.exit(0)

def eui(octets):
    return "-".join("%02X" % octet for octet in reversed(octets))

def apart(frame, order):
    u8, i32 = lambda at: frame[at], lambda at: struct.unpack_from("<i", frame, at)[0]
    if frame[0] & 0xE0 == 0:
        message = {"msgtype": "jreq", "MHdr": u8(0), "JoinEui": eui(frame[1:9]), "DevEui": eui(frame[9:17]),
                   "DevNonce": struct.unpack_from("<H", frame, 17)[0], "MIC": i32(19)}
    else:
        options = 8 + (u8(5) & 15)
        rest = frame[options:-4]
        message = {"msgtype": "updf", "MHdr": u8(0), "DevAddr": i32(1), "FCtrl": u8(5),
                   "FCnt": struct.unpack_from("<H", frame, 6)[0], "FOpts": frame[8:options].hex(),
                   "FPort": rest[0] if rest else -1, "FRMPayload": rest[1:].hex(), "MIC": i32(len(frame) - 4)}
    message.update({"RefTime": 0.0, "DR": order["dr"], "Freq": order["freq"],
                    "upinfo": {"rctx": 3, "xtime": order["xtime"], "gpstime": 0, "fts": -1, "rssi": -57, "snr": 7.75,
                               "rxtime": 1.5}})
    return message

with connect(answer["uri"]) as ws:
    ws.send(json.dumps({"msgtype": "version", "station": "2.0.6(linux/std)", "firmware": "", "package": "",
                        "model": "linux", "protocol": 2, "features": "rmtsh"}))
    def listen():
        for text in ws:
            say(text)
    threading.Thread(target=listen, daemon=True).start()
    for line in sys.stdin:
        order = json.loads(line)
        if "raw" in order:
            ws.send(order["raw"])
        elif "dntxed" in order:
            sent = order["dntxed"]
            window = "RX1" if "RX1Freq" in sent else "RX2"
            # s2e.c, send_dntxed: nothing is told of a frame without a DevEui.
            if int(sent["DevEui"].replace("-", ""), 16) != 0:
                ws.send(json.dumps({"msgtype": "dntxed", "seqno": sent["diid"], "diid": sent["diid"],
                                    "DR": sent[window + "DR"], "Freq": sent[window + "Freq"], "DevEui": sent["DevEui"],
                                    "rctx": sent["rctx"], "xtime": sent.get("xtime", 1), "txtime": 0.0, "gpstime": 0}))
        else:
            ws.send(json.dumps(apart(bytes.fromhex(order["frame"]), order)))
