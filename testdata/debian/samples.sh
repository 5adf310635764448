# Makes the files that programs.txt works on, here, with the distribution's own programs: others of their names may come
# first in PATH. Each has the same bytes on any day. What cannot be made is named on standard output, one a line.
set -e
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Makes the samples that $1 names with the command that follows, or says that they could not be made.
sample() {
    names=$1
    shift
    "$@" >&2 || printf '%s\n' $names
}

echo '{"a": 1}' >a.json
printf 'b x\na y\n' >a.txt
printf '<a><b>t</b></a>' >a.xml
printf '<!DOCTYPE a [<!ELEMENT a (b)><!ELEMENT b (#PCDATA)>]><a><b>t</b></a>' >dtd.xml
cat >a.xsl <<'END'
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/><xsl:template match="/">x<xsl:value-of select="a/b"/></xsl:template>
</xsl:stylesheet>
END
printf '<html><head><title>t</title></head><body><p>hello</p></body></html>' >a.html
printf 'digraph g { a -> b [label="x"] }' >g.dot
printf '%%%%\ns: ;\n%%%%\n' >g.y
printf '%%%%\nx ;\n%%%%\n' >g.l
printf 'define(`x'\'',`y'\'')x\n' >a.m4
echo 'message(STATUS hi)' >a.cmake
echo 'puts [clock format 0 -gmt 1]; puts [encoding convertto euc-jp x]' >t.tcl
printf '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><text x="5" y="20">hello</text></svg>' >text.svg
cat >haproxy.cfg <<'END'
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend f
  bind 127.0.0.1:1234
END
cat >apache.conf <<'END'
ServerRoot "/tmp"
Listen 1
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
ErrorLog /dev/stderr
ServerName x
END
printf 'server.document-root="/tmp"\nserver.port=1\nserver.modules=("mod_access")\n' >lighttpd.conf
printf 'int main(void) { return 0; }\n' >hello.c
sample hello gcc -g hello.c -o hello
sample 'key.pem cert.pem' openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 9 -subj /CN=localhost
sample cert.pub ssh-keygen -q -t ed25519 -N '' -C c -f cert
sample a.png convert -size 80x30 xc:white -pointsize 20 -fill black -annotate +5+20 abc a.png
sample tone.wav sox -n tone.wav synth 0.2 sine 440
sample a.zip zip -qX a.zip a.json
sample a.pdf gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=a.pdf -c '/Helvetica findfont 12 scalefont setfont 10 10 moveto (hi) show showpage'
repository() {
    git init -q repo && git -C repo -c user.name=a -c user.email=a@b commit -q --allow-empty -m one
}
sample repo repository
cat >Hello.java <<'END'
class Hello { public static void main(String[] a) { System.out.println("hi " + java.time.ZoneId.of("Europe/Paris")); } }
END
cat >Tls.java <<'END'
public class Tls {
    public static void main(String[] a) throws Exception {
        try { new java.net.URL("https://localhost:1/").openStream(); } catch (java.net.ConnectException e) { System.out.println(e.getMessage()); }
        System.out.println(javax.net.ssl.SSLContext.getDefault().getProtocol());
    }
}
END
sample 'Hello Tls' javac Hello.java Tls.java
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >cap.pcap
chmod -R a+rwX .
