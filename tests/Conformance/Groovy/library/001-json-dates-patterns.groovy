import groovy.json.*
import java.text.SimpleDateFormat
import java.util.regex.Pattern
import static java.lang.Math.max
import java.util.concurrent.TimeUnit as TU
println max(3, 4)
println TU.MINUTES.toSeconds(2)
def j = new JsonSlurper().parseText('{"a": 1, "b": [1, 2.5, "x", null, true], "c": {"d": "é\\n"}, "big": 12345678901, "e": 1e3}')
println j.a + j.b[1]
println j.b
println j.c.d
println j.a.class.name + j.b[1].class.name + j.big.class.name + j.e
println j.keySet().sort()
println j.b.class.name
println JsonOutput.toJson([a: 1, b: [1, 2.5, 'x"y', null], c: [d: 'é/\\'], e: "g${1}", f: true]); println JsonOutput.toJson('str'); println JsonOutput.toJson([]); println JsonOutput.toJson(null)
println JsonOutput.prettyPrint('{"a":1,"b":[1,{"c":"d,:{"}],"e":{},"f":[]}')
println JsonOutput.prettyPrint(JsonOutput.toJson([list: [1, 2], map: [k: 'v'], n: null]))
println new JsonBuilder([a: [1, 2]]).toString()
def jb = new JsonBuilder()
jb { name 'x'; list 1, 2; inner { k 'v' } }
println jb.toString()
class Pt { int x; String n } 
println JsonOutput.toJson(new Pt(x: 1, n: 'q'))
try { new JsonSlurper().parseText('{bad') } catch (e) { println e.class.name }
try { new JsonSlurper().parseText('') } catch (e) { println e.class.name + e.message }
println new JsonSlurperClassic().parseText('[1,{"a":2}]')
def f = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSSZ")
f.timeZone = TimeZone.getTimeZone('UTC')
println f.format(new Date(1234567890123L))
println f.parse('2009-02-13T23:31:30.123+0000').time
println new Date(0).time
println new Date(1000) > new Date(0)
def d2 = new SimpleDateFormat('dd.MM.yy HH:mm').parse('01.02.03 04:05')
println new SimpleDateFormat('EEE, d MMM yyyy hh:mm a').format(d2)
println((d2 + 1) - d2)
println Date.parse('yyyy-MM-dd', '2020-02-28').plus(2).format('MM/dd')
println UUID.fromString('123e4567-e89b-12d3-a456-426614174000')
println UUID.randomUUID().toString().length()
println UUID.nameUUIDFromBytes('x'.bytes)
println new Random(42).nextInt(100)
def rr = new Random(7)
println([rr.nextInt(), rr.nextLong(), rr.nextDouble(), rr.nextBoolean(), rr.nextInt(10), rr.nextGaussian()])
println Base64.encoder.encodeToString('hello'.bytes)
println new String(Base64.decoder.decode('aGVsbG8='))
println 'hi'.bytes.encodeHex()
println java.security.MessageDigest.getInstance('SHA-256').digest('a'.bytes).encodeHex().toString().take(10)
def p = Pattern.compile('(?<year>\\d{4})-(?<m>\\d\\d)')
def mt = p.matcher('on 2020-05 and 2021-06')
while (mt.find()) println mt.group('year') + '/' + mt.group(2) + '@' + mt.start()
println(('a1b2' =~ /\d/).collect { it })
println(('a1b2' =~ /([a-z])(\d)/).collect { it[1] + it[2] })
println(('a1b2' =~ /\d/).count)
println(('abc' =~ /x/) ? 1 : 0)
def (all, g1) = ('k=v' =~ /(\w)=\w/)[0]
println all + g1
println 'x.y'.split(Pattern.quote('.')).toList()
println("foo" ==~ ~/f.o/)
println 'aBc'.replaceAll(~/[A-Z]/) { "<$it>" }
println(('a-b' =~ /-/).replaceAll('+'))
println 'abab'.replaceAll('(a)(b)', '$2$1')
println 'tel: 555'.find(/\d+/)
println 'a,b;c'.split(/[,;]/).toList()
println 'x' =~ 'x'
println 'aaa'.replaceAll(/a{2}/, 'b')
println 'A\nB' ==~ /(?s)A.B/
println 'line1\nline2'.findAll(/(?m)^line\d$/)
println 'price: $5'.replaceAll(/\$(\d)/, 'EUR$1')
println 'a\\b'.replaceAll('\\\\', '/'); println 'word word'.replaceAll(/\bword\b/, 'w'); println 'äö'.replaceAll(/[^\p{ASCII}]/, '?'); println '  x '.replaceAll(/^\s+|\s+$/, ''); println 'a+b'.tokenize('+'); println "1.2.3-rc.1".matches(/\d+\.\d+\.\d+(-\w+\.\d+)?/)
println Collections.max([1,3,2])
println Collections.nCopies(3, 'x')
println Arrays.asList(1, 2)
println Collections.emptyList()
println Objects.equals(null, null)
def al = [3,1]
Collections.sort(al)
println al
Collections.reverse(al)
println al
println System.currentTimeMillis() > 0
println System.lineSeparator() == '\n'
println Locale.ENGLISH
println new URL('http://h:8080/p/q?x=1#f').with { "$host $port $path $query $ref $protocol" }
println new URI('git@x').toString()
try { new URL('nope') } catch (e) { println e }
def ai = new java.util.concurrent.atomic.AtomicInteger()
ai.incrementAndGet()
ai.addAndGet(5)
println ai.get()
println ai
def w = new StringWriter()
w << 'abc'
println w.toString()
println new StringBuffer('x').append(1).reverse()
println Integer.class
println String
println int.class
println Map
println(String.name)
println List.simpleName
println 'x' instanceof CharSequence
println 1 instanceof Number
println([] instanceof Collection)
println([:] instanceof Map)
println({} instanceof Closure)
println null instanceof Object
println new Exception('x') instanceof Throwable
