// strings
println 'Hello World'.toLowerCase() + 'x'.toUpperCase()
println 'abc'.contains('b')
println 'abc'.indexOf('c')
println 'abcabc'.lastIndexOf('b')
println '  trim '.trim() + '|'
println 'a-b-c'.split('-').length
println 'a,b,,c,,'.split(',').toList()
println 'a1b22c'.split(/\d+/).toList()
println 'abc'.split('').toList()
println 'x=1;y=2'.split(';').collectEntries { def (k, v) = it.split('='); [(k): v] }
println 'hello'.capitalize() + 'Hello'.uncapitalize()
println 'abc'.startsWith('ab') && 'abc'.endsWith('bc')
println 'abc'.substring(1) + 'abc'.substring(0, 2)
println 'line1\nline2\r\nline3'.readLines()
'a\nb'.eachLine { println "> $it" }
'a\nb'.eachLine { l, n -> println "$n $l" }
println '''
   |one
   |two
'''.stripMargin().trim(); println '''\
    a
      b
    c'''.stripIndent()
println 'abc'.replace('b', 'X').replace('a' as char, 'z' as char)
println 'aaa'.replaceFirst('a', 'b')
println 'a.b'.replaceAll('\\.', '-')
println 'foo123'.replaceAll(/(\d)(\d)/, '$2$1')
println 'abc'.toList() + 'abc'.collect { it * 2 }
println 'hello'.count('l')
println 'abc'.take(2) + 'abc'.drop(2)
println 'ab' * 3
println 'abcb' - 'b'
println 'a'.next() + 'c'.previous()
println '12'.isInteger()
println 'x'.isNumber()
println '1.5'.isBigDecimal()
println '42'.toInteger() + 1
println '1.5'.toBigDecimal() + 1
println '3.5'.toDouble()
println '99'.toLong().class.name
println 'true'.toBoolean()
println 'yes'.toBoolean()
println 'TRUE '.toBoolean()
println '1'.toBoolean()
println String.format('%5d|%-5s|%05.2f|%x|%s|%b|%c|%,d|%e|%%|%n', 42, 'ab', 3.14159, 255, [1,2], true, 'c' as char, 1234567, 12345.678).trim()
println 'abc'.hashCode()
println 'abc'.bytes.length
println 'a b c'.tokenize(' ').join('-')
println 'abc'.any { it == 'b' }
println 'tacocat' == 'tacocat'.reverse()
println 'abc'.matches('[a-c]+')
println 'Foo Bar baz'.findAll(/[A-Z]\w+/)
println 'k=v'.find(/(\w)=(\w)/) { all, k, v -> "$v-$k" }
println 'abc' <=> 'abd'
println 'a' < 'b'
println 'abc'.equalsIgnoreCase('ABC')
println 'abc'.compareTo('abd')
println 'abc'.compareToIgnoreCase('ABD')
println 'x'.padRight(3) + '|' + 'x'.padRight(3, '-')
println 'abc'.tr('a-c', 'A-C')
println 'é'.bytes.toList()
println 'a\tb'.expand()
println "${'nested'} ${"in ${'ner'}"}"
println 'abc'.getAt(0) + 'abc'[0, 2] + 'abc'[-2..-1]
println 'abc'.chars.length
println 'a'.charAt(0).class.name
println(('a' as char))
println((('a' as char) + 1))
println 'abc'.toCharArray().toList()
println 'one two'.with { it.size() }
println 'hello world foo'.split().toList()
println 'aXbXc'.tokenize('X')
println 'abc'.eachWithIndex { c, i -> print "$i$c " }
println ''
println 'ab'.concat('cd') + String.valueOf(12) + String.join(',', 'a', 'b') + String.join('-', ['x','y'])
println "abc".bytes.encodeBase64().toString() + new String('YWJj'.decodeBase64())
println 'a&b c'.replaceAll('&', '+')
println URLEncoder.encode('a b&c=ü/é', 'UTF-8'); println URLDecoder.decode('a+b%26', 'UTF-8')
println 'The quick'.replaceAll(/(?i)QUICK/, 'slow')
println 'a1b2'.replaceAll(/[a-z]/) { it.toUpperCase() }
println 'x'.compareTo('y')
println 'abc'.minus('b')
println 'Ab'.toLowerCase().equals('ab')
def sb = new StringBuilder()
sb << 'a' << 1
sb.append('b').append(2)
println sb
println sb.toString().length()
sb.insert(0, 'X')
println sb.reverse()
def gs = "x${1}y"
println gs.class.name
println gs == 'x1y'
println 'x1y' == gs
println gs.equals('x1y')
println([(gs): 1]['x1y'])
println(['x1y'].contains(gs))
println gs.toString().class.name
println gs.length()
println gs + 'z'
println((gs + 'z').class.simpleName)
println "${[1,2]} ${[a:1]} ${null} ${true}"
println 'abc'.denormalize()
println 'multiple   spaces'.split(' ').toList()
println 'abc'.contains('') 
println 'a'.repeat(3)
println '   '.isAllWhitespace()
println 'CamelCaseString'.replaceAll(/([A-Z])/, '_$1').toLowerCase()
println 'v1.2.3'.replaceAll(/^v/, '').tokenize('.')*.toInteger()
println 'feature/foo'.split('/')[-1]
println 'x'.getClass()
println 'a:b:c'.split(':', 2).toList()
println 'aab'.toSet()
println 'b,a'.split(',').sort()
println 'abc'.iterator().next()
try { 'abc'.foo } catch (e) { println e.class.simpleName }
println 'x' + null + 1 + true + 1.5
println 1 + 'x'
println null + 'x'
println 'a' + ['b']
println 'a'.plus('b')
println 'abc'.inspect()
println(['a', 1, null, "g${1}"].inspect())
println([a: 'x'].inspect())
